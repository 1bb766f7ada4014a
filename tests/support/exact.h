#pragma once

#include <cstdint>

#include "ir/graph.h"
#include "ir/interpret.h"

namespace cgan_jit {

// Graphs and runs in which the arithmetic of floats is exact, so that sums may be added in any order and
// products rounded or not: what a pass may change by rounding only, it may not change at all.

/// random_graph(seed) without functions that round: each is replaced by an exact one of the same signature.
/// Constants are short numbers, 0 and -0 among them; some pads are of -0 or infinity.
Graph exact_graph(uint64_t seed);

/// True if no sum rounds, in whatever order its terms are added: they are multiples of one power of two, and
/// not too many or too large. Products that round are no terms.
bool adds_exactly(const Graph& graph, const Environment<float>& environment);

}  // namespace cgan_jit
