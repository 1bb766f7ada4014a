#include "models/recogniser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/models/environment.h"

namespace cgan_jit::models {
namespace {

constexpr int64_t count = 6;

RecogniserConfig small() {
  RecogniserConfig config;
  config.classes = 3;
  config.size = 12;
  config.channels = {4, 8};
  config.features = 16;
  config.lr = 0.005;
  return config;
}

/// Pictures of class c have a bright band at rows 4c .. 4c + 3.
std::vector<int64_t> bands(const RecogniserConfig& config) {
  std::vector<int64_t> images(count * config.pixels(), 20);
  for (int64_t i = 0; i < count; ++i) {
    const auto band = images.begin() + i * config.pixels() + i % 3 * 4 * config.size;
    std::fill(band, band + 4 * config.size, 200 + i);
  }
  return images;
}

/// All inputs but the images, all pictures in the batch; and the first values.
Environment<float> environment_of(const RecogniserConfig& config, const std::vector<int64_t>& indices) {
  auto environment = first_params<float>(config);
  environment["labels"] = integers<float>(DType::u8, {count}, {0, 1, 2, 0, 1, 2});
  environment["indices"] = integers<float>(DType::i32, {static_cast<int64_t>(indices.size())}, indices);
  environment["seed"] = integers<float>(DType::u32, {}, {1});
  environment["step"] = integers<float>(DType::u32, {}, {1});
  return environment;
}

float loss_of(const RecogniserConfig& config, const std::vector<int64_t>& images,
              const std::vector<int64_t>& indices) {
  Environment<float> environment = environment_of(config, indices);
  environment["images"] = integers<float>(DType::u8, {count * config.pixels()}, images);
  const auto batch = static_cast<int64_t>(indices.size());
  return interpret<float>(training_step(config, batch, count), environment).at("loss").reals[0];
}

TEST(Recogniser, LearnsWhatIsEasy) {
  const RecogniserConfig config = small();
  const Graph step = training_step(config, count, count);
  Environment<float> environment = environment_of(config, {0, 1, 2, 3, 4, 5});
  environment["images"] = integers<float>(DType::u8, {count * config.pixels()}, bands(config));
  EXPECT_LT(loss_after(100, step, environment), 0.2f);
  environment["images"] = integers<float>(DType::u8, {count, config.pixels()}, bands(config));
  const auto results = interpret<float>(inference(config, count), environment);
  expect_classes_in_turn(results.at("logits").reals, count, config.classes);
  EXPECT_EQ(results.at("features").type, (Type{DType::f32, {count, config.features}}));
}

TEST(Recogniser, UnmovedPicturesAreSeenAsInInference) {
  RecogniserConfig config = small();
  config.shift = 0;
  Environment<float> environment = environment_of(config, {0});
  environment["images"] = integers<float>(DType::u8, {count, config.pixels()}, bands(config));
  const std::vector<float> logits =
      interpret<float>(inference(config, count), environment).at("logits").reals;
  double sum = 0;
  for (int64_t label = 0; label < config.classes; ++label) sum += std::exp(logits[label]);
  EXPECT_NEAR(loss_of(config, bands(config), {0}), std::log(sum) - logits[0], 1e-5);
}

TEST(Recogniser, MovedPicturesNeverShowTheirNeighbours) {
  RecogniserConfig config = small();
  config.shift = 4;
  std::vector<int64_t> images = bands(config);
  const float among_bands = loss_of(config, images, {2, 2, 2, 2, 2, 2, 2, 2});
  const auto kept = images.begin() + 2 * config.pixels();
  std::fill(images.begin(), kept, 255);
  std::fill(kept + config.pixels(), images.end(), 255);
  EXPECT_EQ(loss_of(config, images, {2, 2, 2, 2, 2, 2, 2, 2}), among_bands);
  std::fill(kept, kept + config.pixels(), 255);
  EXPECT_NE(loss_of(config, images, {2, 2, 2, 2, 2, 2, 2, 2}), among_bands);
}

}  // namespace
}  // namespace cgan_jit::models
