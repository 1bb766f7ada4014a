#pragma once

#include <vector>

#include "ir/graph.h"

namespace cgan_jit {

// Nodes that several passes write. Types follow from the operands; nothing is simplified here.

/// `value` at every element; as f32 rounded to it.
Value constant(Graph& graph, double value, Type type);
/// fn of operands of one shape; a check when their element types do not fit.
Value apply(Graph& graph, Fn fn, std::vector<Value> operands);
/// out[i] = in[map(i)] of shape `shape`.
Value reindexed(Graph& graph, Value in, IndexMap map, Shape shape, double fill = 0);
/// Sum over `axes` (increasing).
Value summed(Graph& graph, Value in, std::vector<int> axes);

/// The same graph without the nodes that no output needs.
Graph without_dead_nodes(const Graph& graph);

/// The order in which a reduction over `axes` of `shape` runs: a matter of its shape alone.
Order order_of(const Shape& shape, const std::vector<int>& axes);
/// The slice that starts at `offset` on `axis`: identity but for that offset.
IndexMap slice_map(int rank, int axis, int64_t offset);

}  // namespace cgan_jit
