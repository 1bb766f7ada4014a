#include <algorithm>

#include "ir/verify.h"
#include "passes/graph/build.h"
#include "passes/graph/views.h"
#include "passes/simplify/rules.h"

namespace cgan_jit {
namespace {

struct ViewRead {
  Value in;
  IndexMap map;
  Shape shape;
  double fill;
};

/// Reading through two maps is reading through one, where leaving the middle value means leaving the source.
std::optional<Value> through_reindex(Graph& graph, const ViewRead& read) {
  const Node& node = graph[read.in];
  const auto* inner = as<Reindex>(node);
  if (!inner) return {};
  const Shape& source = graph.shape(node.operands[0]);
  const std::vector<int> left = left_axes(read.map, read.shape, node.type.shape);
  const bool guarded = std::all_of(
      left.begin(), left.end(), [&](int axis) { return guards(inner->map, axis, node.type.shape, source); });
  const bool one_fill = same_number(inner->fill, read.fill) || in_bounds(inner->map, node.type.shape, source);
  if (!left.empty() && !(guarded && one_fill)) return {};
  const IndexMap both = compose(inner->map, read.map);
  if (!has_coordinates(both, read.shape)) return {};
  const double fill = left.empty() ? inner->fill : read.fill;
  return simple_reindex(graph, node.operands[0], both, read.shape, fill);
}

/// What reads one part of a concat reads that part.
std::optional<Value> through_concat(Graph& graph, const ViewRead& read) {
  const Node& node = graph[read.in];
  const auto* concat = as<Concat>(node);
  if (!concat) return {};
  const auto [low, high] = read.map.results[concat->axis].range(read.shape);
  int64_t offset = 0;
  for (Value part : node.operands) {
    const int64_t extent = graph.shape(part)[concat->axis];
    if (low >= offset && high < offset + extent) {
      IndexMap map = read.map;
      map.results[concat->axis].offset -= offset;
      return simple_reindex(graph, part, map, read.shape, read.fill);
    }
    offset += extent;
  }
  return {};
}

std::optional<Value> through_iota(Graph& graph, const ViewRead& read) {
  const auto* iota = as<Iota>(graph[read.in]);
  if (!iota || !in_bounds(read.map, read.shape, graph.shape(read.in))) return {};
  const Affine& coordinate = read.map.results[iota->axis];
  const Type type{DType::i32, read.shape};
  if (const auto axis = coordinate.plain_axis()) return graph.add(Iota{*axis}, {}, type);
  const auto [low, high] = coordinate.range(read.shape);
  if (low == high) return constant(graph, static_cast<double>(low), type);
  return {};
}

/// Only axes of extent 1 come or go: another reshape of what was reshaped.
std::optional<Value> through_reshape(Graph& graph, const ViewRead& read) {
  const Node& node = graph[read.in];
  if (!as<Reshape>(node) || unit_axes_map(node.type.shape, read.shape) != read.map) return {};
  return simple_reshape(graph, node.operands[0], read.shape);
}

/// A constant fill where nothing is read, or the constant that is read everywhere.
std::optional<Value> constant_read(Graph& graph, const ViewRead& read) {
  const Shape& source = graph.shape(read.in);
  const Type type{graph.type(read.in).dtype, read.shape};
  if (element_count(read.shape) == 0) return constant(graph, 0, type);
  if (element_count(source) == 0 || misses(read.map, read.shape, source))
    return constant(graph, read.fill, type);
  const auto splat = splat_of(graph, read.in);
  if (splat && (same_number(*splat, read.fill) || in_bounds(read.map, read.shape, source)))
    return constant(graph, *splat, type);
  return {};
}

std::vector<Value> without_empty(const Graph& graph, const std::vector<Value>& parts, int axis) {
  std::vector<Value> full;
  for (Value part : parts) {
    if (graph.shape(part)[axis] != 0) full.push_back(part);
  }
  return full;
}

/// One value for two neighbours in a concat: the same constant, or reads of one value that go on evenly.
std::optional<Value> merged(Graph& graph, Value first, Value second, int axis) {
  const Node &a = graph[first], &b = graph[second];
  Shape shape = a.type.shape;
  shape[axis] += b.type.shape[axis];
  if (as<Const>(a) && a.op == b.op) return constant(graph, as<Const>(a)->value, Type{a.type.dtype, shape});
  const View x = view_of(graph, first), y = view_of(graph, second);
  if (x.source != y.source) return {};
  const auto map = joined(without_unit_axes(x.map, a.type.shape), a.type.shape[axis],
                          without_unit_axes(y.map, b.type.shape), b.type.shape[axis], axis);
  if (!map) return {};
  return simple_reindex(graph, x.source, *map, shape);
}

}  // namespace

Value simple_reindex(Graph& graph, Value in, IndexMap map, Shape shape, double fill) {
  const Shape& source = graph.shape(in);
  if (const auto value = constant_read(graph, {in, map, shape, fill})) return *value;
  map = without_unit_axes(std::move(map), shape);
  if (source == shape && map == without_unit_axes(identity_map(rank_of(shape)), shape)) return in;
  if (in_bounds(map, shape, source)) fill = 0;
  const ViewRead read{in, map, shape, fill};
  if (const auto value = through_reindex(graph, read)) return *value;
  if (const auto value = through_concat(graph, read)) return *value;
  if (const auto value = through_iota(graph, read)) return *value;
  if (const auto value = through_reshape(graph, read)) return *value;
  return reindexed(graph, in, map, shape, fill);
}

Value simple_reshape(Graph& graph, Value in, Shape shape) {
  const Node& node = graph[in];
  if (node.type.shape == shape) return in;
  if (const auto splat = splat_of(graph, in)) return constant(graph, *splat, Type{node.type.dtype, shape});
  if (as<Reshape>(node)) return simple_reshape(graph, node.operands[0], shape);
  if (const auto map = unit_axes_map(node.type.shape, shape)) return simple_reindex(graph, in, *map, shape);
  const auto* reindex = as<Reindex>(node);
  if (reindex && unit_axes_map(graph.shape(node.operands[0]), node.type.shape) == reindex->map) {
    return simple_reshape(graph, node.operands[0], shape);
  }
  return graph.add(Reshape{}, {in}, Type{node.type.dtype, std::move(shape)});
}

Value simple_concat(Graph& graph, std::vector<Value> parts, int axis) {
  const std::vector<Value> full = without_empty(graph, parts, axis);
  if (full.empty()) return parts[0];
  std::vector<Value> merging;
  for (Value part : full) {
    const auto both = merging.empty() ? std::nullopt : merged(graph, merging.back(), part, axis);
    if (both) merging.back() = *both;
    if (!both) merging.push_back(part);
  }
  if (merging.size() == 1) return merging[0];
  Type type = graph.type(merging[0]);
  type.shape[axis] = 0;
  for (Value part : merging) type.shape[axis] += graph.shape(part)[axis];
  return graph.add(Concat{axis}, std::move(merging), type);
}

}  // namespace cgan_jit
