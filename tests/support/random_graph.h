#pragma once

#include <cstdint>

#include "ir/graph.h"

namespace cgan_jit {

/// A legal random program, the same for a seed on every machine: all meta-operators but `contract`, which
/// arises from products of broadcasts; small and odd extents, those of 0 and 1 as often as others, shared
/// weights, updates of params; in some, gradients. Values stay small, and what is discontinuous (comparisons,
/// rounding, conversions) only looks at values that no pass computes otherwise: inputs, and moves of them.
Graph random_graph(uint64_t seed);

}  // namespace cgan_jit
