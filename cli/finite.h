#pragma once

#include <cmath>
#include <limits>
#include <span>

#include "ir/error.h"

namespace cgan_jit::cli {

/// A number that a run computed is infinite or none at all; the text names the tensor.
struct NotFinite : Error {
  using Error::Error;
};

// One pass without a branch, which compilers turn into vectors.
inline bool all_finite(std::span<const float> values) {
  bool finite = true;
  for (float value : values) finite &= std::abs(value) <= std::numeric_limits<float>::max();
  return finite;
}

}  // namespace cgan_jit::cli
