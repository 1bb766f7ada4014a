#pragma once

#include <cstdint>

#include "ir/interpret.h"

namespace cgan_jit {

/// Inputs and params like random_environment's, but f32 values are 0, -0 and integers up to 2, and, for two
/// seeds out of three, a few of them infinite or NaN.
Environment<float> special_environment(const Graph& graph, uint64_t seed);

/// The environment's elements replaced, in turn, by what arithmetic treats apart: zeros of both signs,
/// subnormals, the largest numbers, infinities, NaN; of integers the ends and what a shift may go by.
Environment<float> extremes(Environment<float> environment);

}  // namespace cgan_jit
