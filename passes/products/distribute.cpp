#include "passes/products/distribute.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "ir/integer.h"
#include "ir/verify.h"
#include "passes/graph/build.h"
#include "passes/products/contract.h"
#include "passes/products/factored_sum.h"
#include "passes/simplify/rules.h"

namespace cgan_jit {
namespace {

/// An element that is written and read again costs as much as so many products in a tile.
constexpr int64_t products_of_an_element = 32;

FactoredSum factored(const Graph& graph, Value value) {
  const Node& node = graph[value];
  const auto& op = std::get<Contract>(node.op);
  return {joined(node.type.shape, op.summed),
          rank_of(node.type.shape),
          {View{node.operands[0], op.lhs}, View{node.operands[1], op.rhs}}};
}

/// The contraction that it is.
Value emitted(Graph& graph, const FactoredSum& sum) {
  const auto end_of_kept = sum.domain.begin() + sum.kept;
  const auto& [lhs, rhs] = sum.sides;
  Value value = graph.add(Contract{{end_of_kept, sum.domain.end()}, lhs.map, rhs.map},
                          {lhs.source, rhs.source}, {DType::f32, {sum.domain.begin(), end_of_kept}});
  for (size_t i = sum.mergings.size(); i-- > 0;) {
    const auto& [merged, cut] = sum.mergings[i];
    value = simple_reshape(graph, value, merged);
    value = simple_reindex(graph, value, identity_map(rank_of(cut)), cut);
  }
  return value;
}

/// The one coordinate of a map that an axis moves.
std::optional<int> only_result(const IndexMap& map, int axis) {
  std::optional<int> only;
  for (int i = 0; i < static_cast<int>(map.results.size()); ++i) {
    if (!uses_axis(map.results[i], axis)) continue;
    if (only) return {};
    only = i;
  }
  return only;
}

/// The summed axes that `side` alone sees: each in a coordinate of its own, whose elements it does not step
/// over, so that where there is one of them at all, it begins at no more than one place outside.
std::vector<int> own_summed_axes(const Graph& graph, const FactoredSum& sum, int side) {
  const IndexMap &map = sum.sides[side].map, &other = sum.sides[1 - side].map;
  std::vector<int> own, moved;
  for (int axis = sum.kept; axis < map.rank; ++axis) {
    const auto result = only_result(map, axis);
    if (sum.domain[axis] == 1 || uses_axis(other, axis) || !result) continue;
    if (std::find(moved.begin(), moved.end(), *result) != moved.end()) continue;
    if (std::abs(map.results[*result].coefficients[axis]) > graph.shape(sum.sides[side].source)[*result])
      continue;
    own.push_back(axis);
    moved.push_back(*result);
  }
  return own;
}

/// Where one coordinate of a side asks for sums: at first + step * (0 ... count - 1).
struct AskedPlaces {
  int64_t first = 0, step = 1, count = 0;
};

/// Those where `rest` leads and a term is inside of so many elements, for terms as far apart as `reach` says.
AskedPlaces asked_places(const Affine& rest, const Shape& domain, std::pair<int64_t, int64_t> reach,
                         int64_t extent) {
  int64_t step = 0;
  for (int64_t coefficient : rest.coefficients) step = std::gcd(step, coefficient);
  step = std::max<int64_t>(step, 1);
  const auto [low, high] = rest.range(domain);
  const int64_t first = std::max(low, rest.offset + step * ceil_div(-reach.second - rest.offset, step));
  const int64_t last = std::min(high, extent - 1 - reach.first);
  return {first, step, last < first ? 0 : (last - first) / step + 1};
}

/// `rest`, counted in these places.
Affine counted_in(const AskedPlaces& places, Affine rest) {
  rest.offset = (rest.offset - places.first) / places.step;
  for (int64_t& coefficient : rest.coefficients) coefficient /= places.step;
  return rest;
}

/// The same sum without some of its summed axes, of which all are read at 0.
FactoredSum without_summed(const FactoredSum& sum, const std::vector<int>& axes) {
  const std::vector<int> others = other_axes(rank_of(sum.domain), axes);
  FactoredSum left = sum;
  left.domain = extents_of(sum.domain, others);
  for (View& side : left.sides) side.map = restricted(side.map, others);
  return left;
}

/// A sum, one side of which is summed up before.
struct Presum {
  FactoredSum sum;
  int64_t elements;  // that are stored
};

/// What `side` alone sees of the summed axes is summed up before; nothing if there is nothing of the kind.
std::optional<Presum> presummed(Graph& graph, const FactoredSum& sum, int side) {
  const std::vector<int> own = own_summed_axes(graph, sum, side);
  if (own.empty()) return {};
  const auto& [source, map] = sum.sides[side];
  const int rank = rank_of(graph.shape(source)), own_count = static_cast<int>(own.size());
  const Shape terms = extents_of(sum.domain, own);
  FactoredSum left = without_summed(sum, own);
  Shape places = graph.shape(source);
  IndexMap read = identity_map(rank + own_count);
  read.results.resize(places.size());
  for (int i = 0; i < rank; ++i) {
    const Affine reach{0, restricted(map, own).results[i].coefficients};
    if (used_axes({own_count, {reach}}).empty()) continue;
    Affine& rest = left.sides[side].map.results[i];
    const AskedPlaces asked = asked_places(rest, left.domain, reach.range(terms), places[i]);
    if (asked.count == 0) return {};
    rest = counted_in(asked, std::move(rest));
    places[i] = asked.count;
    read.results[i].offset = asked.first;
    read.results[i].coefficients[i] = asked.step;
    std::copy(reach.coefficients.begin(), reach.coefficients.end(),
              read.results[i].coefficients.begin() + rank);
  }
  const Shape domain = joined(places, terms);
  if (read.rank > most_axes || !has_coordinates(read, domain)) return {};
  std::vector<int> axes(own.size());
  std::iota(axes.begin(), axes.end(), rank);
  const Value seen = simple_reindex(graph, source, std::move(read), domain);
  left.sides[side].source = simple_reduce(graph, ReduceFn::add, seen, std::move(axes));
  return Presum{std::move(left), element_count(places)};
}

/// Something is left to be summed.
bool sums_up(const FactoredSum& sum) {
  return std::any_of(sum.domain.begin() + sum.kept, sum.domain.end(),
                     [](int64_t extent) { return extent > 1; });
}

Value with_presums(Graph& graph, Value value, const WorthDistributing& worth) {
  const FactoredSum whole = factored(graph, value);
  if (whole.products() < worth.least_products) return value;
  FactoredSum sum = whole;
  while (auto once = without_repeats(graph, sum)) sum = std::move(*once);
  int64_t stored = 0;
  for (int side : {0, 1}) {
    if (auto presum = presummed(graph, sum, side)) {
      sum = std::move(presum->sum);
      stored += presum->elements;
    }
  }
  const int64_t saved = whole.products() - sum.products();
  const bool pays = stored > 0 && saved >= saturated_product(worth.saved_by_an_element, stored);
  return pays && sums_up(sum) ? emitted(graph, sum) : value;
}

}  // namespace

Graph distributed(const Graph& graph, WorthDistributing worth) {
  return without_dead_nodes(rebuild(graph, [&](Graph& out, const Node& node, std::vector<Value> operands) {
    const Value value = out.add(node.op, std::move(operands), node.type, node.layout);
    return as<Contract>(node) ? with_presums(out, value, worth) : value;
  }));
}

Graph distribute(const Graph& graph) { return distributed(graph, {large_sum, products_of_an_element}); }

}  // namespace cgan_jit
