#include "passes/contract.h"

#include <algorithm>
#include <map>

#include "passes/build.h"
#include "passes/views.h"

namespace cgan_jit {
namespace {

struct Product {
  View lhs, rhs;
  Shape domain;
};

/// The product of a node's first two operands.
Product product_of(const Graph& graph, const Node& node) {
  return {view_of(graph, node.operands[0]), view_of(graph, node.operands[1]), node.type.shape};
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

/// One of `axes`, of extent > 1, on which only `map` depends: without one on each side, a product's sum is no
/// contraction.
bool has_own_axis(const IndexMap& map, const IndexMap& other, const std::vector<int>& axes,
                  const Shape& domain) {
  const std::vector<int> own = used_axes(map), others = used_axes(other);
  return std::any_of(axes.begin(), axes.end(), [&](int axis) {
    return domain[axis] > 1 && std::binary_search(own.begin(), own.end(), axis) &&
           !std::binary_search(others.begin(), others.end(), axis);
  });
}

std::optional<Value> contraction(Graph& graph, const Reduce& reduce, const Product& product,
                                 const Type& type) {
  const std::vector<int> kept = other_axes(rank_of(product.domain), reduce.axes);
  const IndexMap &lhs = product.lhs.map, &rhs = product.rhs.map;
  if (!has_own_axis(lhs, rhs, kept, product.domain) || !has_own_axis(rhs, lhs, kept, product.domain))
    return {};
  std::vector<int> order = kept;
  order.insert(order.end(), reduce.axes.begin(), reduce.axes.end());
  const Contract op{extents_of(product.domain, reduce.axes), on_axes(lhs, order), on_axes(rhs, order)};
  return graph.add(op, {product.lhs.source, product.rhs.source}, type);
}

bool is_map(const Node& node, Fn fn) {
  const auto* map = as<Map>(node);
  return map && map->fn == fn;
}

/// The sum over `reduce`'s axes, if it is a contraction. A sum of products, all of which are contractions, is
/// the sum of those.
std::optional<Value> contracted(Graph& graph, const Reduce& reduce, Value sum, const Type& type) {
  std::map<Value, Value> sums;
  std::vector<Value> open{sum};
  while (!open.empty()) {
    const Value value = open.back();
    const Node& node = graph[value];
    const bool adds = is_map(node, Fn::add), multiplies = is_map(node, Fn::mul);
    if (!adds && !multiplies && !is_map(node, Fn::fma)) return {};
    // The terms first, the last one before all others.
    if (!multiplies && !sums.count(node.operands.back())) {
      open.push_back(node.operands.back());
      continue;
    }
    if (adds && !sums.count(node.operands[0])) {
      open.push_back(node.operands[0]);
      continue;
    }
    open.pop_back();
    const auto first = adds ? std::optional(sums.at(node.operands[0]))
                            : contraction(graph, reduce, product_of(graph, node), type);
    if (!first) return {};
    sums[value] =
        multiplies ? *first : graph.add(Map{Fn::add}, {*first, sums.at(node.operands.back())}, type);
  }
  return sums.at(sum);
}

}  // namespace

Graph contract(const Graph& graph) {
  return without_dead_nodes(rebuild(graph, [](Graph& out, const Node& node, std::vector<Value> operands) {
    const auto* reduce = as<Reduce>(node);
    if (reduce && reduce->fn == ReduceFn::add && node.type.dtype == DType::f32) {
      if (const auto value = contracted(out, *reduce, operands[0], node.type)) return *value;
    }
    return out.add(node.op, std::move(operands), node.type, node.layout);
  }));
}

}  // namespace cgan_jit
