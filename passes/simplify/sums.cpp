#include <algorithm>
#include <cmath>

#include "ir/verify.h"
#include "passes/graph/build.h"
#include "passes/graph/views.h"
#include "passes/simplify/rules.h"

namespace cgan_jit {
namespace {

int64_t count_over(const Shape& shape, const std::vector<int>& axes) {
  return element_count(extents_of(shape, axes));
}

bool contains(const std::vector<int>& axes, int axis) {
  return std::find(axes.begin(), axes.end(), axis) != axes.end();
}

/// The sum of one term, which is the term but for -0: sums start at 0.
Value sum_of_one(Graph& graph, Value term) {
  return simple_map(graph, Fn::add, {term, constant(graph, 0, graph.type(term))});
}

/// n equal terms: n times one of them.
Value repeated(Graph& graph, ReduceFn fn, Value term, int64_t n) {
  if (fn == ReduceFn::max) return term;
  const Value count = constant(graph, static_cast<double>(n), graph.type(term));
  return simple_map(graph, Fn::mul, {sum_of_one(graph, term), count});
}

/// A reduction of a value that does not depend on some axes: those that are reduced are counted, the others
/// come back afterwards.
std::optional<Value> over_broadcast(Graph& graph, ReduceFn fn, Value in, const std::vector<int>& axes) {
  const Node& node = graph[in];
  const auto* reindex = as<Reindex>(node);
  const Shape shape = node.type.shape;
  if (!reindex || !in_bounds(reindex->map, shape, graph.shape(node.operands[0]))) return {};
  const std::vector<int> used = used_axes(reindex->map);
  if (used.size() == shape.size()) return {};
  std::vector<int> repeated_axes, summed_axes, kept_axes;  // of the value; where it varies; of the result
  for (int axis : axes) {
    if (!contains(used, axis)) repeated_axes.push_back(axis);
  }
  const std::vector<int> kept = other_axes(rank_of(shape), axes);
  for (size_t k = 0; k < used.size(); ++k) {
    if (contains(axes, used[k])) summed_axes.push_back(static_cast<int>(k));
  }
  for (size_t k = 0; k < kept.size(); ++k) {
    if (contains(used, kept[k])) kept_axes.push_back(static_cast<int>(k));
  }
  const Value once =
      simple_reindex(graph, node.operands[0], restricted(reindex->map, used), extents_of(shape, used));
  const Value sum = simple_reduce(graph, fn, once, summed_axes);
  const Value total = repeated(graph, fn, sum, count_over(shape, repeated_axes));
  return simple_reindex(graph, total, projection(static_cast<int>(kept.size()), kept_axes),
                        extents_of(shape, kept));
}

/// A sign leaves a sum. The sum of zeros is 0 with either sign, and never -0: 0 - sum is.
std::optional<Value> over_negation(Graph& graph, ReduceFn fn, Value in, const std::vector<int>& axes) {
  const Node& node = graph[in];
  const auto* map = as<Map>(node);
  if (fn != ReduceFn::add || !map || map->fn != Fn::neg) return {};
  const Value sum = simple_reduce(graph, fn, node.operands[0], axes);
  return simple_map(graph, Fn::sub, {constant(graph, 0, graph.type(sum)), sum});
}

std::optional<Value> over_constant(Graph& graph, ReduceFn fn, Value in, const std::vector<int>& axes,
                                   const Type& type) {
  const auto splat = splat_of(graph, in);
  if (!splat) return {};
  const Value one = constant(graph, *splat, type);
  return repeated(graph, fn, one, count_over(graph.shape(in), axes));
}

/// How each axis of a scatter's domain takes part in its inverse.
struct Inverse {
  std::vector<int>
      solved_for;           // per result: the axis that the inverse solves for, -1: the result is a constant
  std::vector<int> summed;  // axes that the result's point does not determine, increasing
};

/// The inverse exists where every axis appears in one result at most. In a result with several axes (a
/// window), the longest is solved for, which needs the coefficient +-1, and the others are summed.
std::optional<Inverse> inverse_of(const IndexMap& map, const Shape& domain) {
  Inverse inverse;
  std::vector<int> solved;
  std::vector<bool> seen(map.rank, false);
  for (const Affine& result : map.results) {
    int longest = -1;
    for (int axis = 0; axis < map.rank; ++axis) {
      if (!uses_axis(result, axis)) continue;
      if (seen[axis]) return {};
      seen[axis] = true;
      if (longest < 0 || domain[axis] > domain[longest]) longest = axis;
    }
    if (longest >= 0 && std::abs(result.coefficients[longest]) != 1) return {};
    inverse.solved_for.push_back(longest);
    if (longest >= 0) solved.push_back(longest);
  }
  for (int axis : other_axes(map.rank, solved)) {
    if (domain[axis] != 1) inverse.summed.push_back(axis);
  }
  return inverse;
}

/// The coordinate of the solved axis: +-(t - offset - the other terms), on a domain of the result's axes,
/// then the summed ones.
Affine solved_coordinate(const IndexMap& map, const Inverse& inverse, int result_axis) {
  const Affine& result = map.results[result_axis];
  const int results = static_cast<int>(map.results.size());
  const int64_t sign = result.coefficients[inverse.solved_for[result_axis]];
  Affine coordinate{-sign * result.offset, std::vector<int64_t>(results + inverse.summed.size(), 0)};
  coordinate.coefficients[result_axis] = sign;
  for (size_t k = 0; k < inverse.summed.size(); ++k) {
    coordinate.coefficients[results + k] = -sign * result.coefficients[inverse.summed[k]];
  }
  return coordinate;
}

/// From (result axes, summed axes) to (the domain's axes, then one axis of extent 1 for each result).
IndexMap inverse_map(const IndexMap& map, const Inverse& inverse) {
  const int results = static_cast<int>(map.results.size());
  const int rank = results + static_cast<int>(inverse.summed.size());
  const Affine zero{0, std::vector<int64_t>(rank, 0)};
  IndexMap back{rank, std::vector<Affine>(map.rank + results, zero)};
  for (size_t k = 0; k < inverse.summed.size(); ++k)
    back.results[inverse.summed[k]].coefficients[results + k] = 1;
  for (int i = 0; i < results; ++i) {
    if (inverse.solved_for[i] >= 0) {
      back.results[inverse.solved_for[i]] = solved_coordinate(map, inverse, i);
    } else {
      back.results[map.rank + i].offset = -map.results[i].offset;
      back.results[map.rank + i].coefficients[i] = 1;
    }
  }
  return back;
}

/// out[map(i)] += in[i] as a sum of reads: each element of the result collects its terms.
Value collected(Graph& graph, Value in, const IndexMap& map, const Shape& shape, const Inverse& inverse) {
  const Shape& domain = graph.shape(in);
  IndexMap back = inverse_map(map, inverse);
  // A result that is constant needs no guard where the target has no other coordinate.
  Shape padded = domain;
  std::vector<Affine> coordinates(back.results.begin(), back.results.begin() + map.rank);
  for (size_t i = 0; i < shape.size(); ++i) {
    if (inverse.solved_for[i] >= 0 || (shape[i] == 1 && map.results[i].offset == 0)) continue;
    padded.push_back(1);
    coordinates.push_back(back.results[map.rank + i]);
  }
  back.results = std::move(coordinates);
  Shape points = shape;
  std::vector<int> axes;
  for (int axis : inverse.summed) {
    axes.push_back(rank_of(points));
    points.push_back(domain[axis]);
  }
  const Value terms = read_through(graph, simple_reshape(graph, in, padded), back, points);
  return axes.empty() ? sum_of_one(graph, terms) : simple_reduce(graph, ReduceFn::add, terms, axes);
}

std::vector<int> mentioned_axes(const IndexMap& map, const Inverse& inverse) {
  std::vector<int> axes;
  for (int axis : used_axes(map)) {
    if (contains(inverse.summed, axis)) axes.push_back(axis);
  }
  return axes;
}

/// The inverse's points may be more than the scatter's; it is taken if they are at most twice as many.
bool is_worth_it(const Shape& domain, const Shape& shape, const Inverse& inverse) {
  return element_count(shape) <= 2 * element_count(domain) / count_over(domain, inverse.summed);
}

/// The inverse has no more axes, and leads no further away, than nodes may.
bool is_legal(const IndexMap& map, const Inverse& inverse, const Shape& domain, Shape shape) {
  const size_t rank = shape.size();
  for (int axis : inverse.summed) shape.push_back(domain[axis]);
  return std::max(shape.size(), domain.size() + rank) <= most_axes &&
         has_coordinates(inverse_map(map, inverse), shape);
}

/// The axes that a result counts with, the slowest first, when they are the digits of its coordinate: each
/// goes on where those behind it end.
std::optional<std::vector<int>> digits_of(const Affine& result, const Shape& domain) {
  if (result.offset != 0) return {};
  std::vector<int> digits;
  for (int axis = 0; axis < rank_of(domain); ++axis) {
    if (result.coefficients[axis] != 0) digits.push_back(axis);
  }
  std::sort(digits.begin(), digits.end(),
            [&](int a, int b) { return result.coefficients[a] > result.coefficients[b]; });
  int64_t step = 1;
  for (size_t i = digits.size(); i-- > 0; step *= domain[digits[i]]) {
    if (result.coefficients[digits[i]] != step) return {};
  }
  return digits;
}

/// A scatter whose map only regroups axes, as windows that do not overlap do: every element of the result has
/// one term at most, and where it has none, it is 0. The map uses every axis.
std::optional<Value> regrouping(Graph& graph, Value in, const IndexMap& map, const Shape& shape) {
  const Shape& domain = graph.shape(in);
  std::vector<int> order;
  Shape whole;
  for (size_t r = 0; r < shape.size(); ++r) {
    const auto digits = digits_of(map.results[r], domain);
    if (!digits) return {};
    order.insert(order.end(), digits->begin(), digits->end());
    whole.push_back(element_count(extents_of(domain, *digits)));
    if (whole.back() > shape[r]) return {};
  }
  if (order.size() != domain.size()) return {};
  IndexMap permuted{map.rank, std::vector<Affine>(order.size())};
  for (size_t i = 0; i < order.size(); ++i)
    permuted.results[order[i]] = projection(map.rank, {static_cast<int>(i)}).results[0];
  const Value sorted = simple_reindex(graph, in, permuted, extents_of(domain, order));
  const Value terms = sum_of_one(graph, simple_reshape(graph, sorted, whole));
  return whole == shape ? terms : simple_reindex(graph, terms, identity_map(rank_of(shape)), shape);
}

}  // namespace

Value read_through(Graph& graph, Value in, const IndexMap& map, const Shape& shape) {
  const Node& node = graph[in];
  const auto* product = as<Map>(node);
  if (!product || product->fn != Fn::mul) return simple_reindex(graph, in, map, shape);
  if (!in_bounds(map, shape, node.type.shape)) return simple_reindex(graph, in, map, shape);
  const std::vector<Value> factors = node.operands;
  return simple_map(
      graph, Fn::mul,
      {simple_reindex(graph, factors[0], map, shape), simple_reindex(graph, factors[1], map, shape)});
}

Value simple_reduce(Graph& graph, ReduceFn fn, Value in, std::vector<int> axes) {
  if (axes.empty()) return in;
  const Type& in_type = graph.type(in);
  const Shape& shape = in_type.shape;
  const std::vector<int> kept = other_axes(rank_of(shape), axes);
  const Type type{in_type.dtype, extents_of(shape, kept)};
  const bool no_terms = count_over(shape, axes) == 0;
  if (element_count(type.shape) == 0 || (no_terms && fn == ReduceFn::add)) return constant(graph, 0, type);
  if (no_terms) return graph.add(Reduce{fn, axes, order_of(shape, axes)}, {in}, type);
  if (count_over(shape, axes) == 1) {
    const Value term = simple_reshape(graph, in, type.shape);
    return fn == ReduceFn::add ? sum_of_one(graph, term) : term;
  }
  if (const auto value = over_constant(graph, fn, in, axes, type)) return *value;
  if (const auto value = over_broadcast(graph, fn, in, axes)) return *value;
  if (const auto value = over_negation(graph, fn, in, axes)) return *value;
  const Order order = order_of(shape, axes);
  return graph.add(Reduce{fn, std::move(axes), order}, {in}, type);
}

Value simple_scatter(Graph& graph, Value in, IndexMap map, Shape shape) {
  const Shape& domain = graph.shape(in);
  const Type type{graph.type(in).dtype, shape};
  const bool empty = element_count(domain) == 0 || element_count(shape) == 0;
  if (empty || splat_of(graph, in) == 0.0 || misses(map, domain, shape)) return constant(graph, 0, type);
  map = without_unit_axes(std::move(map), domain);
  auto inverse = inverse_of(map, domain);
  if (inverse && !is_legal(map, *inverse, domain, shape)) inverse.reset();
  const bool has_window = inverse && !mentioned_axes(map, *inverse).empty();
  if (has_window && is_worth_it(domain, shape, *inverse)) return collected(graph, in, map, shape, *inverse);
  if (const auto strides = strides_of(map, domain)) return by_remainders(graph, in, map, shape, *strides);
  // Axes the map never mentions are summed first; what is left may be no scatter at all.
  const std::vector<int> mentioned = used_axes(map);
  if (mentioned.size() < domain.size()) {
    const Value sums = simple_reduce(graph, ReduceFn::add, in, other_axes(rank_of(domain), mentioned));
    return simple_scatter(graph, sums, restricted(map, mentioned), shape);
  }
  if (inverse && !has_window) return collected(graph, in, map, shape, *inverse);
  if (const auto value = regrouping(graph, in, map, shape)) return *value;
  return graph.add(Scatter{std::move(map)}, {in}, type);
}

}  // namespace cgan_jit
