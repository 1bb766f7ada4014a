#pragma once

#include <random>
#include <string>
#include <vector>

#include "frontend/ops.h"
#include "ir/interpret.h"
#include "tests/support/elements.h"

namespace cgan_jit {

/// Reals in [-2, 2], the same for the same seed on every machine.
inline Elements<double> random_reals(const Shape& shape, uint32_t seed) {
  std::mt19937 words(seed);
  std::vector<double> values(element_count(shape));
  for (double& value : values) value = words() * (4.0 / 4294967296.0) - 2;
  return reals(shape, std::move(values));
}

/// The exact elements of `value`, in double; "seed" and "step" are 7 and 1 unless given.
inline Elements<double> evaluate(Builder& builder, const Tensor& value,
                                 Environment<double> environment = {}) {
  environment.emplace("seed", integers(DType::u32, {}, {7}));
  environment.emplace("step", integers(DType::u32, {}, {1}));
  Graph program = builder.graph();
  program.add_output("value", value.value);
  return interpret<double>(program, environment).at("value");
}

}  // namespace cgan_jit
