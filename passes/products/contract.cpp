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

/// The sum over `reduce`'s axes, if it is a contraction.
std::optional<Value> contraction(Graph& graph, const Reduce& reduce, const Product& product,
                                 const Type& type) {
  const std::vector<int> kept = other_axes(rank_of(product.domain), reduce.axes);
  const IndexMap &lhs = product.lhs.map, &rhs = product.rhs.map;
  if (type.dtype != DType::f32 || !is_contraction(lhs, rhs, kept, product.domain)) return {};
  std::vector<int> order = kept;
  const std::vector<int> summed = summing_order(reduce.axes, product);
  order.insert(order.end(), summed.begin(), summed.end());
  const Contract op{extents_of(product.domain, summed), on_axes(lhs, order), on_axes(rhs, order)};
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
