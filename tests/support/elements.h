#pragma once

#include <utility>
#include <vector>

#include "ir/elements.h"

namespace cgan_jit {

template <typename Real = double>
Elements<Real> reals(Shape shape, std::vector<Real> values) {
  return {{DType::f32, std::move(shape)}, std::move(values), {}};
}

template <typename Real = double>
Elements<Real> integers(DType dtype, Shape shape, std::vector<int64_t> values) {
  return {{dtype, std::move(shape)}, {}, std::move(values)};
}

}  // namespace cgan_jit
