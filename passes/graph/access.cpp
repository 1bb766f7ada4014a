#include "passes/graph/access.h"

#include <numeric>

#include "passes/graph/build.h"
#include "passes/graph/views.h"

namespace cgan_jit {
namespace {

/// `value` read at `map` of the reader's iteration space, then seen through views.
Read seen_through_views(const Graph& graph, Value value, std::optional<IndexMap> map) {
  Read read{value, std::move(map)};
  while (is_view(graph[read.base])) {
    const Node& view = graph[read.base];
    const std::optional<IndexMap> step = view_map(graph, view);
    if (!step) read.map.reset();
    if (read.map) read.map = compose(*step, *read.map);
    const Value source = view.operands[0];
    if (const auto* reindex = as<Reindex>(view);
        reindex && !in_bounds(reindex->map, view.type.shape, graph.shape(source))) {
      read.guarded = true;
    }
    read.base = source;
  }
  return read;
}

/// The same at a node's own map, which may lead outside of the operand.
Read read_at(const Graph& graph, Value operand, const IndexMap& map, const Shape& space) {
  Read read = seen_through_views(graph, operand, map);
  if (!in_bounds(map, space, graph.shape(operand))) read.guarded = true;
  return read;
}

IndexMap leading_axes(int rank, int count) {
  std::vector<int> axes(static_cast<size_t>(count));
  std::iota(axes.begin(), axes.end(), 0);
  return projection(rank, axes);
}

}  // namespace

bool is_view(const Node& node) { return as<Reindex>(node) || as<Reshape>(node) || as<Detach>(node); }

bool is_leaf(const Node& node) {
  return as<Input>(node) || as<Param>(node) || as<Const>(node) || as<Iota>(node);
}

bool is_stored_leaf(const Node& node) { return as<Input>(node) || as<Param>(node); }

bool is_inline_scalar(const Graph& graph, Value value) {
  return as<Map>(graph[value]) && graph.shape(value).empty();
}

bool is_elementwise(const Node& node) { return as<Map>(node) || as<Random>(node) || as<Gather>(node); }

Layout layout_of(const Node& node) { return node.layout.value_or(row_major(node.type.shape)); }

std::optional<IndexMap> view_map(const Graph& graph, const Node& view) {
  if (const auto* reindex = as<Reindex>(view)) return reindex->map;
  if (as<Reshape>(view)) return unit_axes_map(graph.shape(view.operands[0]), view.type.shape);
  return identity_map(static_cast<int>(view.type.shape.size()));
}

Shape iteration_space(const Graph& graph, Value value) {
  const Node& node = graph[value];
  if (as<Reduce>(node) || as<Scatter>(node)) return graph.shape(node.operands[0]);
  if (as<Deposit>(node)) return graph.shape(node.operands[1]);
  Shape space = node.type.shape;
  if (const auto* contract = as<Contract>(node))
    space.insert(space.end(), contract->summed.begin(), contract->summed.end());
  return space;
}

std::vector<int> result_axes(const Graph& graph, Value value) {
  const Node& node = graph[value];
  std::vector<int> axes(node.type.shape.size());
  std::iota(axes.begin(), axes.end(), 0);
  if (const auto* reduce = as<Reduce>(node))
    return other_axes(rank_of(graph.shape(node.operands[0])), reduce->axes);
  if (as<Scatter>(node)) return std::vector<int>(axes.size(), -1);
  if (as<Deposit>(node)) {
    const int batch_rank = static_cast<int>(graph.shape(node.operands[0]).size());
    for (size_t i = 0; i < axes.size(); ++i) axes[i] = i == 0 ? -1 : batch_rank + static_cast<int>(i) - 1;
  }
  return axes;
}

std::vector<Read> reads_of(const Graph& graph, Value value) {
  const Node& node = graph[value];
  if (is_view(node)) return {resolve(graph, value)};
  const Shape space = iteration_space(graph, value);
  const int rank = rank_of(space);
  const auto batch = [&](Value rows) { return leading_axes(rank, rank_of(graph.shape(rows))); };
  if (const auto* contract = as<Contract>(node)) {
    return {read_at(graph, node.operands[0], contract->lhs, space),
            read_at(graph, node.operands[1], contract->rhs, space)};
  }
  if (as<Gather>(node)) {
    return {seen_through_views(graph, node.operands[0], std::nullopt),
            seen_through_views(graph, node.operands[1], batch(node.operands[1]))};
  }
  if (as<Deposit>(node)) {
    return {seen_through_views(graph, node.operands[0], batch(node.operands[0])),
            seen_through_views(graph, node.operands[1], identity_map(rank))};
  }
  std::optional<IndexMap> map = identity_map(rank);
  if (as<Random>(node)) map = IndexMap{rank, {}};  // seed and step are scalars
  if (as<Concat>(node)) map.reset();
  std::vector<Read> reads;
  for (Value operand : node.operands) reads.push_back(seen_through_views(graph, operand, map));
  return reads;
}

Read resolve(const Graph& graph, Value value) {
  return seen_through_views(graph, value, identity_map(static_cast<int>(graph.shape(value).size())));
}

std::optional<int> axis_along(const Read& read, int iteration_axis) {
  if (!read.map) return {};
  std::optional<int> found;
  for (int axis = 0; axis < static_cast<int>(read.map->results.size()); ++axis) {
    const Affine& result = read.map->results[axis];
    if (result.coefficients[iteration_axis] == 0) continue;
    if (found || !result.plain_axis()) return {};
    found = axis;
  }
  return found;
}

}  // namespace cgan_jit
