#pragma once

#include "ir/graph.h"

namespace cgan_jit {

/// A sum of products of fewer multiplications is a small thing, for which plain loops are good enough.
constexpr int64_t large_sum = 100'000;
/// An axis of so many elements keeps half of a vector's lanes at work.
constexpr int64_t least_lanes = 8;

/// f32 reduce add of (mul of two reindexed values) becomes `contract`, wherever each side keeps an axis (of
/// extent > 1) of its own; a large sum also where but one side has all axes, and nobody else reads the
/// product (a matrix by a vector, a convolution to one feature or of each channel alone). What a pad of the
/// product leaves out is left out of the contraction, and so are the terms of windows that lie in a padding
/// of zeros: padding meets no infinity (but where no tile fits without a padded copy, which `layout` makes
/// then). What else a side reads outside is made part of it first, so that 0 * inf stays NaN. Sums run over
/// windows outside, over axes that both sides walk along inside: a matter of shapes alone.
Graph contract(const Graph& graph);

}  // namespace cgan_jit
