#include "passes/graph/access.h"

#include <algorithm>
#include <numeric>

#include "ir/overloaded.h"
#include "ir/regrouping.h"
#include "passes/graph/build.h"
#include "passes/graph/views.h"

namespace cgan_jit {
namespace {

std::vector<int> consecutive(int first, int count) {
  std::vector<int> axes(static_cast<size_t>(count));
  std::iota(axes.begin(), axes.end(), first);
  return axes;
}

Coordinates known(const IndexMap& map) { return {map.results.begin(), map.results.end()}; }
Coordinates plain(int space_rank, const std::vector<int>& axes) {
  return known(projection(space_rank, axes));
}

/// Of a reshape: an axis of `from` is what those of `to` count that it is cut into; of axes that become one
/// nothing is known.
Coordinates regrouped_axes(const Shape& from, const Shape& to) {
  Coordinates coordinates(from.size());
  for (const Regrouping& group : regroupings(from, to)) {
    if (group.from.size() != 1) continue;
    Affine number{0, std::vector<int64_t>(to.size(), 0)};
    int64_t stride = 1;
    for (size_t i = group.to.size(); i-- > 0; stride *= group.to[i]) {
      if (group.to[i] > 1) number.coefficients[group.first_to + i] = stride;
    }
    coordinates[group.first_from] = number;
  }
  return coordinates;
}

/// Of an element of a value of shape `shape`.
Coordinates coordinates_of(const Access& access, const Shape& space, const Shape& shape) {
  const int points = rank_of(space), rank = rank_of(shape);
  return std::visit(
      Overloaded{
          [&](access::Scalar) { return Coordinates{}; },
          [&](access::Point) { return plain(points, consecutive(0, points)); },
          [&](access::Leading) { return plain(points, consecutive(0, rank)); },
          [&](access::FoundRow) {
            Coordinates row = plain(points, consecutive(points - rank + 1, rank - 1));
            row.insert(row.begin(), std::nullopt);
            return row;
          },
          [&](access::Without without) { return plain(points, other_axes(points, *without.axes)); },
          [&](access::Mapped mapped) { return known(*mapped.map); },
          [&](access::Part part) {
            Coordinates inside = plain(points, consecutive(0, points));
            inside[part.axis].reset();
            return inside;
          },
          [&](access::Regrouped) {
            const auto map = unit_axes_map(shape, space);
            return map ? known(*map) : regrouped_axes(shape, space);
          },
      },
      access);
}

Access read_access(const Graph& graph, Value value, size_t k) {
  return traits_of(graph[value].op).reads[std::min<size_t>(k, 1)];
}

/// `value` read at `map` of the reader's iteration space, then seen through views.
Read seen_through_views(const Graph& graph, Value value, std::optional<IndexMap> map) {
  Read read{value, std::move(map)};
  while (is_view(graph[read.base])) {
    const Node& view = graph[read.base];
    const std::optional<IndexMap> step = read_map(graph, read.base, 0);
    const Value source = view.operands[0];
    if (step && !in_bounds(*step, view.type.shape, graph.shape(source))) read.guarded = true;
    read.map = step && read.map ? std::optional(compose(*step, *read.map)) : std::nullopt;
    read.base = source;
  }
  return read;
}

}  // namespace

bool is_inline_scalar(const Graph& graph, Value value) {
  return is_pointwise(graph[value]) && graph.shape(value).empty();
}

Layout layout_of(const Node& node) { return node.layout.value_or(row_major(node.type.shape)); }

Shape iteration_space(const Graph& graph, Value value) {
  const Node& node = graph[value];
  const Traits traits = traits_of(node.op);
  Shape space = traits.walks ? graph.shape(node.operands[*traits.walks]) : node.type.shape;
  if (traits.summed) space.insert(space.end(), traits.summed->begin(), traits.summed->end());
  return space;
}

Coordinates read_coordinates(const Graph& graph, Value value, size_t k) {
  return coordinates_of(read_access(graph, value, k), iteration_space(graph, value),
                        graph.shape(graph[value].operands[k]));
}

Coordinates written_coordinates(const Graph& graph, Value value) {
  return coordinates_of(traits_of(graph[value].op).writes, iteration_space(graph, value), graph.shape(value));
}

std::optional<IndexMap> read_map(const Graph& graph, Value value, size_t k) {
  const Access access = read_access(graph, value, k);
  if (const auto* mapped = std::get_if<access::Mapped>(&access)) return *mapped->map;
  const Shape space = iteration_space(graph, value);
  IndexMap map{rank_of(space), {}};
  for (auto& coordinate : coordinates_of(access, space, graph.shape(graph[value].operands[k]))) {
    if (!coordinate) return {};
    map.results.push_back(std::move(*coordinate));
  }
  return map;
}

std::vector<int> result_axes(const Graph& graph, Value value) {
  const bool is_mapped = std::holds_alternative<access::Mapped>(traits_of(graph[value].op).writes);
  std::vector<int> axes;
  for (const std::optional<Affine>& coordinate : written_coordinates(graph, value))
    axes.push_back(coordinate && !is_mapped ? coordinate->plain_axis().value_or(-1) : -1);
  return axes;
}

std::vector<Read> reads_of(const Graph& graph, Value value) {
  const Node& node = graph[value];
  if (is_view(node)) return {resolve(graph, value)};
  const Shape space = iteration_space(graph, value);
  std::vector<Read> reads;
  for (size_t k = 0; k < node.operands.size(); ++k) {
    const std::optional<IndexMap> map = read_map(graph, value, k);
    reads.push_back(seen_through_views(graph, node.operands[k], map));
    if (map && !in_bounds(*map, space, graph.shape(node.operands[k]))) reads.back().guarded = true;
  }
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
