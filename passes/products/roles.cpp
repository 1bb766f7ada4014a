#include "passes/products/roles.h"

#include <algorithm>

#include "ir/integer.h"
#include "passes/graph/access.h"
#include "passes/graph/build.h"
#include "passes/graph/views.h"

namespace cgan_jit {
namespace {

constexpr int64_t most_transposed = int64_t{1}
                                    << 26;  // elements that a thread may hold of a transposed panel

/// The axis that lies in lanes in memory is walked from end to end by one summed axis.
bool transposes(const Read& read, const Layout& layout, int result_rank, const Shape& space,
                const Shape& shape) {
  if (layout.width % 16 != 0) return false;
  const std::optional<int> axis = read.map->results[layout.lane_axis].plain_axis();
  return axis && *axis >= result_rank && space[*axis] == shape[layout.lane_axis] &&
         axis_along(read, *axis) == layout.lane_axis;
}

/// One in memory, seen through views that stay inside of it.
bool is_tile_operand(const Graph& graph, Value operand) {
  const Read read = resolve(graph, operand);
  const Node& base = graph[read.base];
  const bool in_memory = !is_immediate(base) && !is_inline_scalar(graph, read.base);
  return in_memory && read.map && !read.guarded;
}

/// The result's axis that makes the rows: the longest that the broadcast side has for its own.
std::optional<int> row_axis_of(const Shape& result, const Read& vectors, const Read& broadcast,
                               int lane_axis) {
  std::optional<int> longest;
  for (int axis = 0; axis < rank_of(result); ++axis) {
    if (axis == lane_axis || uses_axis(*vectors.map, axis) || !uses_axis(*broadcast.map, axis)) continue;
    if (!longest || result[axis] > result[*longest]) longest = axis;
  }
  return longest;
}

/// A panel of the vector side, transposed into scratch: of the result's axes it has the lanes alone.
bool may_transpose(const Graph& graph, Value contract, const Read& vectors, const Layout& layout) {
  const Shape& result = graph.shape(contract);
  const Shape space = iteration_space(graph, contract);
  for (int axis = 0; axis < rank_of(result); ++axis) {
    if (axis != layout.lane_axis && result[axis] > 1 && uses_axis(*vectors.map, axis)) return false;
  }
  const int64_t terms = element_count(space) / std::max<int64_t>(1, element_count(result));
  const Node& base = graph[vectors.base];
  return saturated_product(terms, layout.width) <= most_transposed && !vectors.guarded &&
         transposes(vectors, layout_of(base), rank_of(result), space, base.type.shape);
}

bool leaves_rows_and_lanes_alone(const std::vector<TermGuard>& guards, const ContractRoles& roles) {
  return std::none_of(guards.begin(), guards.end(), [&](const TermGuard& guard) {
    return uses_axis(guard.coordinate, roles.row_axis) || uses_axis(guard.coordinate, roles.lane_axis);
  });
}

}  // namespace

std::vector<TermGuard> term_guards(const Graph& graph, Value contract) {
  const Node& node = graph[contract];
  const auto& op = std::get<Contract>(node.op);
  const Shape space = iteration_space(graph, contract);
  std::vector<TermGuard> guards;
  for (int side = 0; side < 2; ++side) {
    const IndexMap& map = side == 0 ? op.lhs : op.rhs;
    const Shape& shape = graph.shape(node.operands[side]);
    for (size_t r = 0; r < shape.size(); ++r) {
      const auto [low, high] = map.results[r].range(space);
      if (low < 0 || high >= shape[r])
        guards.push_back({map.results[r], shape[r], low < 0, high >= shape[r]});
    }
  }
  return guards;
}

std::optional<ContractRoles> contract_roles(const Graph& graph, Value contract) {
  const Node& node = graph[contract];
  return node.layout ? contract_roles(graph, contract, *node.layout) : std::nullopt;
}

std::optional<ContractRoles> contract_roles(const Graph& graph, Value contract, const Layout& layout) {
  const Node& node = graph[contract];
  const std::vector<Read> reads = reads_of(graph, contract);
  if (layout.width % 16 != 0 || graph.type(reads[0].base).dtype != DType::f32) return {};
  if (!is_tile_operand(graph, node.operands[0]) || !is_tile_operand(graph, node.operands[1])) return {};
  const auto walks = [&](const Read& read) { return uses_axis(*read.map, layout.lane_axis); };
  if (walks(reads[0]) == walks(reads[1])) return {};

  ContractRoles roles;
  roles.lane_axis = layout.lane_axis;
  roles.vector_side = walks(reads[0]) ? 0 : 1;
  const Read &vectors = reads[roles.vector_side], &broadcast = reads[1 - roles.vector_side];
  const std::optional<int> coordinate = axis_along(vectors, roles.lane_axis);
  const std::optional<int> row_axis = row_axis_of(node.type.shape, vectors, broadcast, roles.lane_axis);
  if (!coordinate || !row_axis) return {};
  roles.vector_coordinate = *coordinate;
  roles.row_axis = *row_axis;
  const Layout base_layout = layout_of(graph[vectors.base]);
  roles.transposed = base_layout.lane_axis != *coordinate;
  if (!roles.transposed && base_layout.width != layout.width) return {};
  if (!leaves_rows_and_lanes_alone(term_guards(graph, contract), roles)) return {};
  if (roles.transposed && !may_transpose(graph, contract, vectors, layout)) return {};
  return roles;
}

}  // namespace cgan_jit
