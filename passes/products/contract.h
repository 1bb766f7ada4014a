#pragma once

#include "ir/graph.h"

namespace cgan_jit {

/// f32 reduce add of (mul of two reindexed values) becomes `contract`, wherever each side keeps an axis (of
/// extent > 1) of its own. What a pad of the product leaves out is left out of the contraction, and so are
/// the terms of windows that lie in a padding of zeros: padding never meets an infinity. What else a side
/// reads outside is made part of it first, so that 0 * inf stays NaN. Sums run over windows outside, over
/// axes that both sides walk along inside: a matter of shapes alone.
Graph contract(const Graph& graph);

}  // namespace cgan_jit
