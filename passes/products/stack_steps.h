#pragma once

#include <functional>
#include <vector>

#include "ir/graph.h"

namespace cgan_jit {

// The three steps of `stack`.

/// Contractions of equal weight become one, with a new outermost result axis.
Graph stack_contractions(const Graph& graph);
/// Sums of contractions, or of deposits, of equal form become one, with a new outermost summed axis.
Graph stack_sums(const Graph& graph);
/// Concats whose parts lie evenly spaced in another concat become reindexes of it.
Graph merge_concats(const Graph& graph);

/// True for values that depend on params and constants alone: stacking those would copy them.
std::vector<bool> weights_of(const Graph& graph);
/// `parts`, of one type, along a new outermost axis.
Value stacked(Graph& graph, const std::vector<Value>& parts);
/// The same map on a domain with one more axis at `place`, on which nothing depends.
IndexMap with_axis(const IndexMap& map, int place);
/// The same, and its target has a new first axis: that one.
IndexMap along_new_axis(const IndexMap& map, int place);

/// Rebuilds `graph`, where a node may need more than its operands, later nodes too: `needs(v)` come first, in
/// the order of the graph otherwise. `create(out, v, renamed)` returns v's value in `out`; the new values of
/// all that v needs are in `renamed`.
Graph rebuild_by_need(const Graph& graph, const std::function<std::vector<Value>(Value)>& needs,
                      const std::function<Value(Graph&, Value, const std::vector<Value>&)>& create);
/// True if computing one of `values` needs one of `others` (none of which is one of them).
bool depends(const std::vector<Value>& values, const std::vector<Value>& others, size_t graph_size,
             const std::function<std::vector<Value>(Value)>& needs);

}  // namespace cgan_jit
