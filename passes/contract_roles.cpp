#include "passes/contract_roles.h"

#include "passes/access.h"
#include "passes/views.h"

namespace cgan_jit {
namespace {

/// The axis that lies in lanes in memory is walked from end to end by one summed axis.
bool transposes(const Read& read, const Layout& layout, int result_rank, const Shape& space,
                const Shape& shape) {
  if (layout.width % 16 != 0) return false;
  const std::optional<int> axis = read.map->results[layout.lane_axis].plain_axis();
  return axis && *axis >= result_rank && space[*axis] == shape[layout.lane_axis] &&
         axis_along(read, *axis) == layout.lane_axis;
}

}  // namespace

std::optional<ContractRoles> contract_roles(const Graph& graph, Value value) {
  const Node& node = graph[value];
  const std::vector<Read> reads = reads_of(graph, value);
  const int rank = static_cast<int>(node.type.shape.size());
  if (!node.layout) return {};
  const Layout& layout = *node.layout;
  if (layout.width % 16 != 0 || graph.type(reads[0].base).dtype != DType::f32) return {};
  const auto mentions = [](const Read& read, int axis) { return uses_axis(*read.map, axis); };
  const Shape space = iteration_space(graph, value);
  for (const Read& read : reads) {
    const Node& base = graph[read.base];
    if (as<Const>(base) || as<Iota>(base) || is_inline_scalar(graph, read.base)) return {};
    if (!read.map || read.guarded || !in_bounds(*read.map, space, graph.shape(read.base))) return {};
  }
  ContractRoles roles;
  roles.lane_axis = layout.lane_axis;
  const bool left = mentions(reads[0], roles.lane_axis), right = mentions(reads[1], roles.lane_axis);
  if (left == right) return {};
  roles.vector_side = left ? 0 : 1;
  const Read& vectors = reads[roles.vector_side];
  const std::optional<int> coordinate = axis_along(vectors, roles.lane_axis);
  if (!coordinate) return {};
  roles.vector_coordinate = *coordinate;
  const Node& base = graph[vectors.base];
  const Layout base_layout = layout_of(base);
  roles.transposed = base_layout.lane_axis != *coordinate;
  if (!roles.transposed && base_layout.width != layout.width) return {};
  roles.row_axis = -1;
  for (int axis = 0; axis < rank; ++axis) {
    if (axis == roles.lane_axis || mentions(vectors, axis) || !mentions(reads[1 - roles.vector_side], axis))
      continue;
    if (roles.row_axis < 0 || node.type.shape[axis] > node.type.shape[roles.row_axis]) roles.row_axis = axis;
  }
  if (roles.row_axis < 0) return {};
  if (!roles.transposed) return roles;
  for (int axis = 0; axis < rank; ++axis) {
    if (axis != roles.lane_axis && node.type.shape[axis] > 1 && mentions(vectors, axis)) return {};
  }
  if (!transposes(vectors, base_layout, rank, space, base.type.shape)) return {};
  return roles;
}

}  // namespace cgan_jit
