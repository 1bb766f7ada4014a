#pragma once

#include "ir/graph.h"

namespace cgan_jit {

/// Sets every node's layout, from shapes alone, never from the target or the order of nodes:
///   an input                       row-major
///   a param                        param_layout
///   a value of rank 2 or more      in lanes the axis whose class (axis_classes.h) ranks highest in products
///                                  with weights: the batch
///   without such an axis           as the param that it updates or is made of, axis by axis
///   a contraction without either   in lanes its own axis of the highest rank; if it has none, as a param of
///                                  its shape; in any case another one where only that makes tiles
///   the rest                       row-major
/// But a contraction of data with data that is an output, and that nothing reads, lies row by row where a
/// tile fits that. An input that a contraction reads, and what it would read through padding or a reshape
/// that joins axes or cuts the lanes, is copied once into panels, for all its readers.
Graph assign_layouts(const Graph& graph);

}  // namespace cgan_jit
