#include "passes/products/contract.h"

#include <algorithm>

#include "ir/verify.h"
#include "passes/graph/build.h"
#include "passes/graph/views.h"

namespace cgan_jit {
namespace {

struct Product {
  View lhs, rhs;
  Shape domain;
};

/// `value` as a read that stays inside: what its reindex reads outside of the source becomes part of that.
View inside_view(Graph& graph, Value value) {
  const Node& node = graph[value];
  const auto* reindex = as<Reindex>(node);
  if (!reindex || element_count(node.type.shape) == 0) return view_of(graph, value);
  Shape hull = graph.shape(node.operands[0]);
  View view{node.operands[0], reindex->map};
  IndexMap shift = identity_map(rank_of(hull));
  for (int axis : left_axes(view.map, node.type.shape, hull)) {
    const auto [low, high] = view.map.results[axis].range(node.type.shape);
    hull[axis] = high - low + 1;
    shift.results[axis].offset = low;
    view.map.results[axis].offset -= low;
  }
  if (hull == graph.shape(view.source) && shift == identity_map(rank_of(hull))) return view;
  if (element_count(hull) > element_count(node.type.shape)) return view_of(graph, value);
  return {reindexed(graph, view.source, shift, hull, reindex->fill), view.map};
}

/// The product that `value` is. Of one that is read through a map, what the map reads outside is left out:
/// where leaving the product means leaving a factor.
std::optional<Product> product_of(Graph& graph, Value value) {
  const Node& node = graph[value];
  if (const auto* map = as<Map>(node)) {
    if (map->fn != Fn::mul) return {};
    return Product{inside_view(graph, node.operands[0]), inside_view(graph, node.operands[1]),
                   node.type.shape};
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

/// The sum over `reduce`'s axes, if it is a contraction.
std::optional<Value> contraction(Graph& graph, const Reduce& reduce, const Product& product,
                                 const Type& type) {
  const std::vector<int> kept = other_axes(rank_of(product.domain), reduce.axes);
  const IndexMap &lhs = product.lhs.map, &rhs = product.rhs.map;
  if (type.dtype != DType::f32 || !is_contraction(lhs, rhs, kept, product.domain)) return {};
  std::vector<int> order = kept;
  order.insert(order.end(), reduce.axes.begin(), reduce.axes.end());
  const Contract op{extents_of(product.domain, reduce.axes), on_axes(lhs, order), on_axes(rhs, order)};
  return graph.add(op, {product.lhs.source, product.rhs.source}, type);
}

}  // namespace

Graph contract(const Graph& graph) {
  return without_dead_nodes(rebuild(graph, [](Graph& out, const Node& node, std::vector<Value> operands) {
    const auto* reduce = as<Reduce>(node);
    if (reduce && reduce->fn == ReduceFn::add) {
      const auto product = product_of(out, operands[0]);
      const auto value = product ? contraction(out, *reduce, *product, node.type) : std::nullopt;
      if (value) return *value;
    }
    return out.add(node.op, std::move(operands), node.type, node.layout);
  }));
}

}  // namespace cgan_jit
