#pragma once

#include <cmath>

#include "frontend/init.h"
#include "ir/standard_floats.h"

namespace cgan_jit {

/// U(-1/sqrt(inputs), 1/sqrt(inputs)), as most of PyTorch's layers begin; 0 without inputs.
inline Init uniform_for(int64_t inputs) {
  const StandardFloats standard;
  // Volatile: computed here, not after the host's environment is back.
  const volatile float bound = inputs > 0 ? 1 / std::sqrt(static_cast<float>(inputs)) : 0;
  return UniformInit{bound};
}

}  // namespace cgan_jit
