#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"
#include "passes/graph/traits.h"

namespace cgan_jit {

/// True for values that every reader computes for itself: elementwise scalars.
bool is_inline_scalar(const Graph& graph, Value value);
/// How the node's value lies: row-major where no layout was assigned.
Layout layout_of(const Node& node);
/// Where a node iterates: the shape that its op walks over, and behind it the extents that it sums besides.
Shape iteration_space(const Graph& graph, Value value);

/// The coordinates of an element at a point of a node's iteration space; nothing: not affine, or found at run
/// time.
using Coordinates = std::vector<std::optional<Affine>>;
/// Of the element of operand `k` that the node reads. A point at which one leads outside has no part in the
/// result (but for a reindex, which fills).
Coordinates read_coordinates(const Graph& graph, Value value, size_t k);
/// Of the element of the result that the node writes, or adds to.
Coordinates written_coordinates(const Graph& graph, Value value);
/// The first of them as a map, where all are affine.
std::optional<IndexMap> read_map(const Graph& graph, Value value, size_t k);

/// One value that a node reads, seen through views.
struct Read {
  Value base;                   // no view
  std::optional<IndexMap> map;  // from the reader's iteration space to base's coordinates; nothing: not
                                // affine, or found at run time
  bool guarded = false;         // may fall outside: some view on the way has a fill
  bool operator==(const Read&) const = default;
};

/// The iteration axis that walks along each axis of the result from end to end, -1 where there is none
/// (scatter, the rows of deposit).
std::vector<int> result_axes(const Graph& graph, Value value);
/// What `value` reads, operand by operand. A concat is a base of its own.
std::vector<Read> reads_of(const Graph& graph, Value value);
/// The axis of `read.base` that walks along the reader's iteration axis and that alone does.
std::optional<int> axis_along(const Read& read, int iteration_axis);
/// `value` seen through views.
Read resolve(const Graph& graph, Value value);

}  // namespace cgan_jit
