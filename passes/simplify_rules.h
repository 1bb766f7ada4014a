#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"

namespace cgan_jit {

// The local laws of simplify, one function a meta-operator: each adds the simplest node that has the named
// meaning, or returns an operand that has it already. Operands are simple themselves, so a graph built
// through these functions is simple everywhere.

/// The node `like`, reading `operands`.
Value simple(Graph& graph, const Node& like, std::vector<Value> operands);

Value simple_map(Graph& graph, Fn fn, std::vector<Value> operands);
Value simple_reindex(Graph& graph, Value in, IndexMap map, Shape shape, double fill = 0);
Value simple_reshape(Graph& graph, Value in, Shape shape);
Value simple_concat(Graph& graph, std::vector<Value> parts, int axis);
Value simple_reduce(Graph& graph, ReduceFn fn, Value in, std::vector<int> axes);
Value simple_scatter(Graph& graph, Value in, IndexMap map, Shape shape);

/// `in` read through `map` where that costs nothing: a product is not stored to be moved, its operands are
/// read through the map instead, if what lies outside of one of them stays 0.
Value read_through(Graph& graph, Value in, const IndexMap& map, const Shape& shape);

/// The value of every element, if `value` is a constant.
std::optional<double> splat_of(const Graph& graph, Value value);

// The laws that ask how often a value is read: a whole graph at a time.

/// Reindexes move towards the leaves where that leaves less to compute; sums of sums become one.
Graph move_slices(const Graph& graph);
/// a * b + c becomes one fma where nobody else reads the product.
Graph write_fma(const Graph& graph);

}  // namespace cgan_jit
