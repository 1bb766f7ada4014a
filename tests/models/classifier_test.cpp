#include "models/classifier.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ir/interpret.h"
#include "tests/support/first_values.h"

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

Elements<float> integers(DType dtype, const Shape& shape, const std::vector<int64_t>& values) {
  Elements<float> elements;
  elements.type = Type{dtype, shape};
  elements.ints = values;
  return elements;
}

/// Images of class c are bright at pixel c; and all first values.
Environment<float> environment_of(const ClassifierConfig& config) {
  Environment<float> environment;
  const auto values = first_values(params(config), 1);
  for (const ParamDecl& decl : params(config)) {
    Elements<float>& param = environment[decl.name];
    param.type = Type{DType::f32, decl.shape};
    param.reals = values.at(decl.name);
  }
  std::vector<int64_t> images(count * pixels, 20), labels(count), indices(count);
  for (int64_t i = 0; i < count; ++i) {
    labels[i] = i % 3;
    indices[i] = i;
    images[i * pixels + i % 3] = 255;
  }
  environment["images"] = integers(DType::u8, {count, pixels}, images);
  environment["labels"] = integers(DType::u8, {count}, labels);
  environment["indices"] = integers(DType::i32, {count}, indices);
  return environment;
}

TEST(Classifier, LearnsWhatIsEasy) {
  const ClassifierConfig config = small();
  const Graph step = training_step(config, count, count);
  Environment<float> environment = environment_of(config);
  float loss = 0;
  for (int64_t t = 1; t <= 60; ++t) {
    environment["step"] = integers(DType::u32, {}, {t});
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
