#pragma once

#include "ir/graph.h"

namespace cgan_jit {

/// f32 reduce add of (mul of two reindexed values) becomes `contract`, wherever each side keeps an axis (of
/// extent > 1) of its own. What a side reads outside is made part of it first, so that 0 * inf stays NaN;
/// what a pad of the product leaves out is left out of the contraction.
Graph contract(const Graph& graph);

}  // namespace cgan_jit
