#pragma once

#include <bit>
#include <cstdint>
#include <span>

#include "ir/error.h"

namespace cgan_jit::training {

/// A number that a run computed is infinite or none at all; the text names the tensor.
struct NotFinite : Error {
  using Error::Error;
};

// Exponents of ones carry into the sign's bit: one pass without a branch or a comparison, which compilers
// turn into vectors.
inline bool all_finite(std::span<const float> values) {
  constexpr uint32_t exponent = 0x7f800000, one = 0x00800000;
  uint32_t carries = 0;
  for (float value : values) carries |= (std::bit_cast<uint32_t>(value) & exponent) + one;
  return carries >> 31 == 0;
}

}  // namespace cgan_jit::training
