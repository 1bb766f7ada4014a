#include "models/classifier.h"

#include <gtest/gtest.h>

#include "tests/models/environment.h"

namespace cgan_jit::models {
namespace {

constexpr int64_t pixels = 6, count = 12;

ClassifierConfig small() {
  ClassifierConfig config;
  config.pixels = pixels;
  config.classes = 3;
  config.widths = {16, 16};
  config.lr = 0.01;
  return config;
}

/// Images of class c are bright at pixel c; and all first values.
Environment<float> environment_of(const ClassifierConfig& config) {
  auto environment = first_params<float>(config);
  std::vector<int64_t> images(count * pixels, 20), labels(count), indices(count);
  for (int64_t i = 0; i < count; ++i) {
    labels[i] = i % 3;
    indices[i] = i;
    images[i * pixels + i % 3] = 255;
  }
  environment["images"] = integers<float>(DType::u8, {count, pixels}, images);
  environment["labels"] = integers<float>(DType::u8, {count}, labels);
  environment["indices"] = integers<float>(DType::i32, {count}, indices);
  return environment;
}

TEST(Classifier, LearnsWhatIsEasy) {
  const ClassifierConfig config = small();
  const Graph step = training_step(config, count, count);
  Environment<float> environment = environment_of(config);
  EXPECT_LT(loss_after(60, step, environment), 0.05f);
  const auto results = interpret<float>(inference(config, count), environment);
  expect_classes_in_turn(results.at("logits").reals, count, config.classes);
}

}  // namespace
}  // namespace cgan_jit::models
