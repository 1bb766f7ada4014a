#pragma once

#include "ir/graph.h"

namespace cgan_jit {

constexpr int64_t panel_width = 64;  // most lanes of a block

/// Blocks along `axis`, of its extent rounded up to 16, at most panel_width.
Layout panels(const Shape& shape, int axis);

/// How a param lies: a matter of its own shape alone, so that programs may share it in any order. A matrix's
/// last axis of 16 or more is cut into blocks (what a Linear sums over); the first one of a value of more
/// axes (a convolution's features), with the first other one (its channels) next to the lanes. Without one of
/// 16, the longest is cut. One of rank 0 or 1 is row-major.
Layout param_layout(const Shape& shape);

}  // namespace cgan_jit
