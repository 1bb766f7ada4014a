#include "passes/products/contract.h"

#include <algorithm>

#include "ir/verify.h"
#include "passes/graph/build.h"
#include "passes/graph/views.h"
#include "passes/products/padding.h"

namespace cgan_jit {
namespace {

struct Product {
  View lhs, rhs;
  Shape domain;
};

/// Windows that move over a padding of zeros: all that leaves the source are places of one axis of the result
/// and one of the window together.
bool pads_windows(const Graph& graph, const Reindex& reindex, const Node& node) {
  if (reindex.fill != 0) return false;
  const std::vector<int> left = left_axes(reindex.map, node.type.shape, graph.shape(node.operands[0]));
  return std::all_of(left.begin(), left.end(), [&](int axis) {
    const std::vector<int64_t>& along = reindex.map.results[axis].coefficients;
    return std::count(along.begin(), along.end(), 0) + 2 <= std::ssize(along);
  });
}

/// What a factor reads. Terms of windows in a padding are left out of the sum; what else a reindex reads
/// outside of its source becomes part of that.
View factor(Graph& graph, Value value) {
  const Node& node = graph[value];
  const auto* reindex = as<Reindex>(node);
  if (!reindex || element_count(node.type.shape) == 0) return view_of(graph, value);
  const View view{node.operands[0], reindex->map};
  if (pads_windows(graph, *reindex, node)) return view;
  const auto padded = padded_view(graph, view, node.type.shape, reindex->fill);
  return padded ? *padded : view_of(graph, value);
}

/// The product that `value` is. Of one that is read through a map, what the map reads outside is left out:
/// where leaving the product means leaving a factor.
std::optional<Product> product_of(Graph& graph, Value value) {
  const Node& node = graph[value];
  if (const auto* map = as<Map>(node)) {
    if (map->fn != Fn::mul) return {};
    return Product{factor(graph, node.operands[0]), factor(graph, node.operands[1]), node.type.shape};
  }
  const auto* reindex = as<Reindex>(node);
  if (!reindex || reindex->fill != 0 || !as<Map>(graph[node.operands[0]])) return {};
  auto product = product_of(graph, node.operands[0]);
  if (!product) return {};
  for (int axis : left_axes(reindex->map, node.type.shape, product->domain)) {
    const auto guarded = [&](const View& side) {
      return guards(side.map, axis, product->domain, graph.shape(side.source));
    };
    if (!guarded(product->lhs) && !guarded(product->rhs)) return {};
  }
  const IndexMap lhs = compose(product->lhs.map, reindex->map), rhs = compose(product->rhs.map, reindex->map);
  if (!has_coordinates(lhs, node.type.shape) || !has_coordinates(rhs, node.type.shape)) return {};
  return Product{{product->lhs.source, lhs}, {product->rhs.source, rhs}, node.type.shape};
}

/// The same map on the domain whose axes are `axes` of the old one, in that order.
IndexMap on_axes(const IndexMap& map, const std::vector<int>& axes) {
  IndexMap ordered = map;
  for (size_t r = 0; r < map.results.size(); ++r) {
    for (size_t k = 0; k < axes.size(); ++k) {
      ordered.results[r].coefficients[k] = map.results[r].coefficients[axes[k]];
    }
  }
  return ordered;
}

/// `axes` in the order in which a sum over them runs: those that walk along one axis of both sides alone
/// (channels, samples) are the inner ones, and windows lie outside of them. So all that is read for a place
/// of the window lies side by side.
std::vector<int> summing_order(std::vector<int> axes, const Product& product) {
  const auto walks_along_both = [&](int axis) {
    return product.domain[axis] > 1 && walks(product.lhs.map, axis) && walks(product.rhs.map, axis);
  };
  std::stable_partition(axes.begin(), axes.end(), [&](int axis) { return !walks_along_both(axis); });
  return axes;
}

/// A large sum, of whose sides one is spread along an axis of the other.
bool is_large_spread(const Product& product, const std::vector<int>& kept) {
  const auto is_spread = [&](const View& side) {
    return std::any_of(product.domain.begin(), product.domain.end(), [&, axis = 0](int64_t extent) mutable {
      return !uses_axis(side.map, axis++) && extent > 1;
    });
  };
  const bool fills_lanes =
      std::any_of(kept.begin(), kept.end(), [&](int axis) { return product.domain[axis] >= least_lanes; });
  return fills_lanes && element_count(product.domain) >= large_sum &&
         (is_spread(product.lhs) || is_spread(product.rhs));
}

/// A vector of sums becomes a matrix of one row: tiles have rows.
void add_unit_axis(Contract& op, Type& type) {
  for (IndexMap* map : {&op.lhs, &op.rhs}) {
    ++map->rank;
    for (Affine& result : map->results) result.coefficients.insert(result.coefficients.begin(), 0);
  }
  type.shape.insert(type.shape.begin(), 1);
}

/// The sum over `reduce`'s axes, if it is a contraction; `alone`: nobody else reads the product.
std::optional<Value> contraction(Graph& graph, const Reduce& reduce, const Product& product, const Type& type,
                                 bool alone) {
  const std::vector<int> kept = other_axes(rank_of(product.domain), reduce.axes);
  const IndexMap &lhs = product.lhs.map, &rhs = product.rhs.map;
  if (type.dtype != DType::f32) return {};
  if (!is_contraction(lhs, rhs, kept, product.domain) && !(alone && is_large_spread(product, kept)))
    return {};
  std::vector<int> order = kept;
  const std::vector<int> summed = summing_order(reduce.axes, product);
  order.insert(order.end(), summed.begin(), summed.end());
  Contract op{extents_of(product.domain, summed), on_axes(lhs, order), on_axes(rhs, order)};
  Type of_sums = type;
  if (kept.size() == 1) add_unit_axis(op, of_sums);
  const Value value = graph.add(op, {product.lhs.source, product.rhs.source}, of_sums);
  return of_sums == type ? value : graph.add(Reshape{}, {value}, type);
}

/// How many nodes and outputs read each value.
std::vector<int> reader_counts(const Graph& graph) {
  std::vector<int> counts(graph.size(), 0);
  for (const Node& node : graph.nodes()) {
    for (Value operand : node.operands) ++counts[index(operand)];
  }
  for (const Output& output : graph.outputs()) ++counts[index(output.value)];
  return counts;
}

/// Nobody but the one who asks reads the product, or the view of it, that `value` is.
bool is_read_once(const Graph& graph, const std::vector<int>& readers, Value value) {
  if (readers[index(value)] > 1) return false;
  return !as<Reindex>(graph[value]) || readers[index(graph[value].operands[0])] == 1;
}

}  // namespace

Graph contract(const Graph& graph) {
  const std::vector<int> readers = reader_counts(graph);
  uint32_t number = 0;
  return without_dead_nodes(rebuild(graph, [&](Graph& out, const Node& node, std::vector<Value> operands) {
    const Node& old = graph.nodes()[number++];
    const auto* reduce = as<Reduce>(node);
    if (reduce && reduce->fn == ReduceFn::add) {
      const auto product = product_of(out, operands[0]);
      const bool alone = is_read_once(graph, readers, old.operands[0]);
      const auto value = product ? contraction(out, *reduce, *product, node.type, alone) : std::nullopt;
      if (value) return *value;
    }
    return out.add(node.op, std::move(operands), node.type, node.layout);
  }));
}

}  // namespace cgan_jit
