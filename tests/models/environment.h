#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ir/interpret.h"
#include "models/cgan.h"
#include "tests/support/elements.h"
#include "tests/support/first_values.h"

/// What models are given when the interpreter runs them.
namespace cgan_jit::models {

/// A model's params at their first values.
template <typename Real, typename Config>
Environment<Real> first_params(const Config& config) {
  Environment<Real> environment;
  const auto values = first_values(params(config), 1);
  for (const ParamDecl& decl : params(config)) {
    const std::vector<float>& floats = values.at(decl.name);
    environment[decl.name] = reals<Real>(decl.shape, {floats.begin(), floats.end()});
  }
  return environment;
}

constexpr int64_t cgan_batch = 6, cgan_images = 20;

/// A CGAN's params at their first values, cgan_images images with labels 0 .. 9, and its first batch.
template <typename Real>
Environment<Real> cgan_environment(const CganConfig& config) {
  auto environment = first_params<Real>(config);
  std::vector<int64_t> pixels(cgan_images * config.pixels()), labels(cgan_images);
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<int64_t>(i * 37 % 256);
  for (size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int64_t>(i % 10);
  environment["images"] = integers<Real>(DType::u8, {cgan_images, config.pixels()}, pixels);
  environment["labels"] = integers<Real>(DType::u8, {cgan_images}, labels);
  environment["indices"] = integers<Real>(DType::i32, {cgan_batch}, {19, 0, 7, 3, 11, 5});
  environment["seed"] = integers<Real>(DType::u32, {}, {1});
  environment["step"] = integers<Real>(DType::u32, {}, {1});
  return environment;
}

/// Takes so many steps from the first on, each from the params that the last one left; the last one's loss.
inline float loss_after(int64_t steps, const Graph& step, Environment<float>& environment) {
  float loss = 0;
  for (int64_t t = 1; t <= steps; ++t) {
    environment["step"] = integers<float>(DType::u32, {}, {t});
    for (auto& [name, elements] : interpret<float>(step, environment)) {
      if (name == "loss") loss = elements.reals[0];
      environment[name] = elements;
    }
  }
  return loss;
}

/// Of so many pictures, number i is recognised as one of class i modulo `classes`; `logits` are their rows.
inline void expect_classes_in_turn(const std::vector<float>& logits, int64_t pictures, int64_t classes) {
  ASSERT_EQ(std::ssize(logits), pictures * classes);
  for (int64_t i = 0; i < pictures; ++i) {
    const auto row = logits.begin() + i * classes;
    EXPECT_EQ(std::max_element(row, row + classes) - row, i % classes);
  }
}

}  // namespace cgan_jit::models
