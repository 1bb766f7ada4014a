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

bool is_guarded(const std::vector<TermGuard>& guards, int axis) {
  return std::any_of(guards.begin(), guards.end(),
                     [&](const TermGuard& guard) { return uses_axis(guard.coordinate, axis); });
}

/// Those of the result that the vector side walks along, but for the lanes.
std::vector<int> other_axes_of(const Shape& result, const Read& vectors, int lane_axis) {
  std::vector<int> axes;
  for (int axis = 0; axis < rank_of(result); ++axis) {
    if (axis != lane_axis && result[axis] > 1 && uses_axis(*vectors.map, axis)) axes.push_back(axis);
  }
  return axes;
}

/// A panel of the vector side, transposed into scratch: of the result's axes it has the lanes alone, at a
/// place of those that the other side walks along, too.
bool may_transpose(const Graph& graph, Value contract, const Read& vectors, const Read& broadcast,
                   const Layout& layout, const ContractRoles& roles) {
  const Shape& result = graph.shape(contract);
  const Shape space = iteration_space(graph, contract);
  for (int axis : roles.batch_axes) {
    if (roles.is_tile_axis(axis) || !walks(*vectors.map, axis) || !uses_axis(*broadcast.map, axis))
      return false;
  }
  const int64_t terms = element_count(space) / std::max<int64_t>(1, element_count(result));
  const Node& base = graph[vectors.base];
  return saturated_product(terms, layout.width) <= most_transposed && !vectors.guarded &&
         transposes(vectors, layout_of(base), rank_of(result), space, base.type.shape);
}

constexpr int64_t most_jammed = 8;  // places

/// Of a result, which axes make a tile's rows.
struct Rows {
  int axis = -1;
  std::vector<int> jam;
};

/// The longest of a result's axes that `may` have it, -1 if none may; of equals the last, along which
/// neighbours lie closer together.
template <typename May>
int longest_axis(const Shape& result, May may) {
  int longest = -1;
  for (int axis = 0; axis < rank_of(result); ++axis) {
    if (may(axis) && (longest < 0 || result[axis] >= result[longest])) longest = axis;
  }
  return longest;
}

/// Of the broadcast side.
int longest_own_axis(const Shape& result, const Read& vectors, const Read& broadcast, int lane_axis) {
  return longest_axis(result, [&](int axis) {
    return axis != lane_axis && result[axis] > 1 && !uses_axis(*vectors.map, axis) &&
           uses_axis(*broadcast.map, axis);
  });
}

/// The rows are the longest axis that the broadcast side has for its own, else the longest there is. Too
/// short a one gets others beside it, so that a tile has enough sums. Nothing where padding bars that: a
/// padded copy has them.
std::optional<Rows> rows_of(const Shape& result, const Read& vectors, const Read& broadcast, int lane_axis,
                            int64_t vectors_of_lanes, const std::vector<TermGuard>& guards) {
  const int own = longest_own_axis(result, vectors, broadcast, lane_axis);
  const auto is_other = [&](int axis) { return axis != lane_axis && axis != own; };
  const int other =
      longest_axis(result, [&](int axis) { return is_other(axis) && !is_guarded(guards, axis); });
  const bool is_barred = longest_axis(result, [&](int axis) {
                           return is_other(axis) && result[axis] > 1 && is_guarded(guards, axis);
                         }) >= 0;
  Rows rows{own >= 0 ? own : other, {}};
  if (rows.axis < 0 || is_guarded(guards, rows.axis)) return {};
  int64_t jammed = 1;
  const auto sums = [&] { return result[rows.axis] * jammed * vectors_of_lanes; };
  while (sums() < least_sums) {
    const int next = longest_axis(result, [&](int axis) {
      const bool is_taken = std::find(rows.jam.begin(), rows.jam.end(), axis) != rows.jam.end();
      return axis != lane_axis && axis != rows.axis && !is_taken && result[axis] > 1 &&
             !is_guarded(guards, axis);
    });
    const int64_t shorter = next < 0 ? 1 : std::min(result[next], result[rows.axis]);
    if (next < 0 || jammed * shorter > most_jammed) break;
    jammed *= shorter;
    if (shorter > 1) rows.jam.push_back(shorter == result[next] ? next : rows.axis);
    if (shorter != result[next]) rows.axis = next;
  }
  return sums() < least_sums && is_barred ? std::nullopt : std::optional(rows);
}

/// A side that has the lanes where they are: in blocks of which the result's are made, to the last.
bool has_lanes(const Graph& graph, const Read& read, int lane_axis, const Layout& layout) {
  const Layout base = layout_of(graph[read.base]);
  if (axis_along(read, lane_axis) != base.lane_axis || base.width % 16 != 0) return false;
  const int64_t extent = graph.shape(read.base)[base.lane_axis];
  return layout.width % base.width == 0 &&
         (layout.width == base.width || round_up(extent, layout.width) == round_up(extent, base.width));
}

}  // namespace

bool ContractRoles::is_tile_axis(int axis) const {
  return axis == row_axis || axis == lane_axis ||
         std::find(jam_axes.begin(), jam_axes.end(), axis) != jam_axes.end();
}

bool cuts_rows_by_panels(const Node& contract, const ContractRoles& roles, int64_t width) {
  const int64_t rest = contract.type.shape[roles.row_axis] % width;
  return rest == 0 || rest * contract.layout->width / 16 >= least_sums;
}

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
  const auto has = [&](int side) { return uses_axis(*reads[side].map, layout.lane_axis); };
  if (!has(0) && !has(1)) return {};

  ContractRoles roles;
  roles.lane_axis = layout.lane_axis;
  roles.vector_side = has(0) && !(has(1) && has_lanes(graph, reads[1], layout.lane_axis, layout)) ? 0 : 1;
  const Read &vectors = reads[roles.vector_side], &broadcast = reads[1 - roles.vector_side];
  const bool both = has(0) && has(1);
  const std::vector<TermGuard> guards = term_guards(graph, contract);
  const std::optional<int> coordinate = axis_along(vectors, roles.lane_axis);
  const std::optional<Rows> rows =
      rows_of(node.type.shape, vectors, broadcast, roles.lane_axis, layout.width / 16, guards);
  if (!coordinate || !rows || is_guarded(guards, roles.lane_axis)) return {};
  roles.vector_coordinate = *coordinate;
  roles.row_axis = rows->axis;
  roles.jam_axes = rows->jam;
  roles.transposed = layout_of(graph[vectors.base]).lane_axis != *coordinate;
  if (!roles.transposed && !has_lanes(graph, vectors, roles.lane_axis, layout)) return {};
  if (both && (roles.transposed || !has_lanes(graph, broadcast, roles.lane_axis, layout))) return {};
  if (roles.transposed) roles.batch_axes = other_axes_of(node.type.shape, vectors, roles.lane_axis);
  if (roles.transposed && !may_transpose(graph, contract, vectors, broadcast, layout, roles)) return {};
  roles.shares =
      !both && uses_axis(*broadcast.map, roles.row_axis) && !uses_axis(*vectors.map, roles.row_axis);
  return roles;
}

}  // namespace cgan_jit
