#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"

namespace cgan_jit {

/// Ops that only rename elements: a reader folds them into its own index.
bool is_view(const Node& node);
/// Ops that hold no work: inputs, params, constants, iota.
bool is_leaf(const Node& node);
/// Leaves that lie in memory: inputs and params.
bool is_stored_leaf(const Node& node);
/// Ops whose every element is a function of single elements of the operands.
bool is_elementwise(const Node& node);
/// True for values that every reader computes for itself: elementwise scalars.
bool is_inline_scalar(const Graph& graph, Value value);
/// How the node's value lies: row-major where no layout was assigned.
Layout layout_of(const Node& node);
/// The map from a view's coordinates to its operand's; nothing for a reshape that regroups elements.
std::optional<IndexMap> view_map(const Graph& graph, const Node& view);

/// One value that a node reads, seen through views.
struct Read {
  Value base;                   // no view
  std::optional<IndexMap> map;  // from the reader's iteration space to base's coordinates; nothing: not
                                // affine, or found at run time
  bool guarded = false;         // may fall outside: some view on the way has a fill
  bool operator==(const Read&) const = default;
};

/// Where a node iterates: its result's shape; for reduce, scatter and deposit the operand's; for contract
/// result and summed axes.
Shape iteration_space(const Graph& graph, Value value);
/// The iteration axis of each axis of the result, -1 where there is none (scatter, the rows of deposit).
std::vector<int> result_axes(const Graph& graph, Value value);
/// What `value` reads, operand by operand. A concat is a base of its own.
std::vector<Read> reads_of(const Graph& graph, Value value);
/// The axis of `read.base` that walks along the reader's iteration axis and that alone does.
std::optional<int> axis_along(const Read& read, int iteration_axis);
/// `value` seen through views.
Read resolve(const Graph& graph, Value value);

}  // namespace cgan_jit
