#include "models/classifier.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ir/interpret.h"

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
  Environment<float> environment;
  const auto values = initial_params(config, 1);
  for (const ParamDecl& decl : params(config))
    environment[decl.name] = {{DType::f32, decl.shape}, values.at(decl.name), {}};
  Elements<float> images{{DType::u8, {count, pixels}}, {}, std::vector<int64_t>(count * pixels, 20)};
  Elements<float> labels{{DType::u8, {count}}, {}, std::vector<int64_t>(count)};
  Elements<float> indices{{DType::i32, {count}}, {}, std::vector<int64_t>(count)};
  for (int64_t i = 0; i < count; ++i) {
    labels.ints[i] = i % 3;
    indices.ints[i] = i;
    images.ints[i * pixels + i % 3] = 255;
  }
  environment["images"] = images;
  environment["labels"] = labels;
  environment["indices"] = indices;
  return environment;
}

TEST(Classifier, LearnsWhatIsEasy) {
  const ClassifierConfig config = small();
  const Graph step = training_step(config, count, count);
  Environment<float> environment = environment_of(config);
  float loss = 0;
  for (int64_t t = 1; t <= 60; ++t) {
    environment["step"] = {{DType::u32, {}}, {}, {t}};
    for (auto& [name, elements] : interpret<float>(step, environment)) {
      if (name == "loss") loss = elements.reals[0];
      environment[name] = elements;
    }
  }
  EXPECT_LT(loss, 0.05f);
  const std::vector<float> logits =
      interpret<float>(inference(config, count), environment).at("logits").reals;
  for (int64_t i = 0; i < count; ++i) {
    const auto row = logits.begin() + i * config.classes;
    EXPECT_EQ(std::max_element(row, row + config.classes) - row, i % 3);
  }
}

}  // namespace
}  // namespace cgan_jit::models
