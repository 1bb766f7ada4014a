#pragma once

#include "ir/scalar.h"

namespace cgan_jit::expansions {

/// Up to here a sine needs no more than the nearest multiple of pi / 2, in three parts.
constexpr double small_angle = 100000;

/// The sine of x + `quadrants_ahead` * pi / 2, for every x.
Expansion sine(int quadrants_ahead);
/// The same bits for |x| <= small_angle, in a quarter of the steps.
Expansion sine_of_small(int quadrants_ahead);

}  // namespace cgan_jit::expansions
