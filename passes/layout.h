#pragma once

#include "ir/graph.h"

namespace cgan_jit {

constexpr int64_t panel_width = 64;  // most lanes of a block

/// Blocks along `axis`, of its extent rounded up to 16, at most panel_width.
Layout panels(const Shape& shape, int axis);

/// How a param lies: a matter of its own shape alone, so that programs may share it in any order. Its last
/// axis of 16 or more is cut into blocks, else its longest one; one of rank 0 or 1 is row-major.
Layout param_layout(const Shape& shape);

/// Sets every node's layout, from shapes alone, never from the target or the order of nodes:
///   an input                       row-major
///   a param                        param_layout
///   a value of rank 2 or more      in lanes the axis whose class (axis_classes.h) ranks highest in products
///                                  with weights: the batch
///   without such an axis           as the param that it updates or is made of, element by element
///   a contraction without either   in lanes its own axis of the highest rank; if it has none, as a param of
///                                  its shape; in any case another one where only that makes tiles
///   the rest                       row-major
/// An input that a contraction reads, and what it would read through padding or a reshape that regroups
/// elements, is copied once into panels, for all its readers.
Graph assign_layouts(const Graph& graph);

}  // namespace cgan_jit
