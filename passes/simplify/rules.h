#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"

namespace cgan_jit {

// The local laws of simplify, one function a meta-operator: each adds the simplest node that has the named
// meaning, or returns an operand that has it already. Operands are simple themselves, so a graph built
// through these functions is simple everywhere.
//
// What a rule may change. Every rule is exact: it gives the same bits for all operands, infinities, NaN (but
// for its own sign and payload), subnormals and both zeros included, except that
//   - the terms of an f32 sum (reduce, scatter, deposit, contraction) may be added in any order and grouping,
//     and equal ones counted. Terms are those of sums and differences inside of it, one by one. What is left
//     out by a pad stays left out. A result differs by the rounding of additions, and where the magnitudes of
//     the terms together overflow, it may overflow or not. Of a maximum of zeros, either sign is right.
//   - fma: a product that is only added (write_fma), or a term of a contraction, is not rounded: it neither
//     overflows nor vanishes before it is added.
// So x + 0 is no x (-0 + 0 is 0), 0 - x is no -x, the sum of one term is x + 0, 0 * x is no 0, and constant
// factors stay where they are written: (x * a) * b = x * (a * b), sum(x * a) = a * sum(x) would make finite
// values overflow or vanish.

/// The node `like`, reading `operands`.
Value simple(Graph& graph, const Node& like, std::vector<Value> operands);

Value simple_map(Graph& graph, Fn fn, std::vector<Value> operands);
Value simple_reindex(Graph& graph, Value in, IndexMap map, Shape shape, double fill = 0);
Value simple_reshape(Graph& graph, Value in, Shape shape);
Value simple_concat(Graph& graph, std::vector<Value> parts, int axis);
Value simple_reduce(Graph& graph, ReduceFn fn, Value in, std::vector<int> axes);
Value simple_scatter(Graph& graph, Value in, IndexMap map, Shape shape);

/// A result of a scatter that leaves places out or meets them twice: step * position + window + offset.
struct Strides {
  int result;
  int64_t step;               // at least 2
  int position;               // an axis of the domain that no other result uses, nor
  std::optional<int> window;  // this one, of coefficient 1; nothing: there is no window
};
/// The first such result, unless its windows lie side by side.
std::optional<Strides> strides_of(const IndexMap& map, const Shape& domain);
/// The same scatter, without that stride: places with equal remainders by the step, on an axis of their own,
/// are those of a window that moves by 1.
Value by_remainders(Graph& graph, Value in, IndexMap map, const Shape& shape, const Strides& strides);

/// `in` read through `map` where that costs nothing: a product is not stored to be moved, its operands are
/// read through the map instead. Not where the map leaves it: 0 times what lies there need not be 0.
Value read_through(Graph& graph, Value in, const IndexMap& map, const Shape& shape);

/// The value of every element, if `value` is a constant.
std::optional<double> splat_of(const Graph& graph, Value value);

// The laws that ask how often a value is read: a whole graph at a time.

/// Reindexes move towards the leaves where that leaves less to compute; sums of sums become one.
Graph move_slices(const Graph& graph);
/// a * b + c becomes one fma where nobody else reads the product. The only place where fma is written outside
/// of contractions.
Graph write_fma(const Graph& graph);

}  // namespace cgan_jit
