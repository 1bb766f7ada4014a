#include "passes/layout/tiled.h"

#include <algorithm>

#include "ir/integer.h"
#include "passes/graph/access.h"
#include "passes/graph/build.h"
#include "passes/graph/shallow.h"
#include "passes/graph/views.h"
#include "passes/layout/panels.h"
#include "passes/products/contract.h"
#include "passes/products/padding.h"
#include "passes/products/roles.h"

namespace cgan_jit {
namespace {

/// The axes of a contraction's result that may be its lanes: the one that is, then those that fill half of a
/// vector, from the last on.
std::vector<int> lane_candidates(const Node& contraction) {
  std::vector<int> axes{contraction.layout->lane_axis};
  for (int axis = rank_of(contraction.type.shape); axis-- > 0;) {
    if (contraction.type.shape[axis] >= least_lanes && axis != axes[0]) axes.push_back(axis);
  }
  return axes;
}

/// `value` in row-major order: what it is a copy of, if that lies so, else a copy.
Value row_by_row(Graph& graph, Value value) {
  const Node& node = graph[value];
  const Layout wanted = row_major(node.type.shape);
  if (layout_of(node) == wanted) return value;
  const bool has_source = is_copy(node) && layout_of(graph[node.operands[1]]) == wanted;
  return has_source ? node.operands[1] : copied(graph, value, wanted);
}

/// The same contraction with its broadcast side row by row, where the innermost summed axis walks along a
/// row: a line of the cache serves sixteen terms, not one.
Value with_rows_broadcast(Graph& graph, Value value) {
  const Node& node = graph[value];
  const int side = 1 - contract_roles(graph, value)->vector_side;
  const Read read = reads_of(graph, value)[side];
  if (!read.map || read.guarded || std::abs(read.map->results.back().coefficients.back()) != 1) return value;
  Contract op = std::get<Contract>(node.op);
  (side == 0 ? op.lhs : op.rhs) = *read.map;
  std::vector<Value> operands = node.operands;
  operands[side] = row_by_row(graph, read.base);
  return graph.add(op, std::move(operands), node.type, node.layout);
}

/// A tile fits if it lies so; `sharing`: one in which rows share what is read for lanes, and lanes what is
/// read for a row.
bool has_tile(const Graph& graph, Value value, const Layout& layout, bool sharing) {
  const auto roles = contract_roles(graph, value, layout);
  return roles && (roles->shares || !sharing);
}

/// A contraction that no tile fits as it lies, with other lanes for which one does. Blocks of 16, so that a
/// panel of a long sum fits the cache and there are many of them.
std::optional<Value> with_other_lanes(Graph& graph, Value value, bool sharing) {
  const Node& node = graph[value];
  for (int axis : lane_candidates(node)) {
    const Layout layout{axis, 16};
    if (!has_tile(graph, value, layout, sharing)) continue;
    return with_rows_broadcast(graph, graph.add(node.op, node.operands, node.type, layout));
  }
  return {};
}

constexpr int64_t most_blocks = 15;  // of one row in a panel

/// Of a contraction's result: where that is one row, of several blocks together, into which all divide
/// evenly, so that a tile has sums enough. (A large prime number of blocks has four vectors of sums a tile.)
Layout panels_of_sums(const Shape& shape, int axis) {
  const Layout layout = panels(shape, axis);
  const int64_t blocks = ceil_div(shape[axis], layout.width);
  if (shape[axis] != element_count(shape) || blocks == 1) return layout;
  int64_t together = 2;
  while (blocks % together != 0) ++together;
  return together <= most_blocks ? Layout{axis, together * layout.width} : layout;
}

/// Panels along `lane_axis` of what operand `read` of a contraction reads, with the axis that is summed
/// innermost next to the lanes.
Layout panels_summed_inside(const Shape& shape, int lane_axis, const Read& read) {
  const auto inner = axis_along(read, read.map->rank - 1);
  const Layout layout = panels(shape, lane_axis);
  return inner && *inner != lane_axis ? with_inner_axis(layout, shape, *inner) : layout;
}

/// The same contraction of copies of `sides`, whose lanes walk along the result's `axis`; nothing if that
/// makes no tile, either.
std::optional<Value> with_packed_sides(Graph& graph, Value value, const std::vector<int>& sides, int axis,
                                       bool sharing) {
  const Node node = graph[value];
  Contract op = std::get<Contract>(node.op);
  std::vector<Value> operands = node.operands;
  for (int side : sides) {
    Read read = reads_of(graph, value)[side];
    if (!axis_along(read, axis) && !read.guarded)  // a reshape cuts what it walks along
      read = {node.operands[side], side == 0 ? op.lhs : op.rhs};
    const auto along = axis_along(read, axis);
    if (!along || read.guarded || node.type.shape[axis] != graph.shape(read.base)[*along]) return {};
    operands[side] = copied(graph, read.base, panels_summed_inside(graph.shape(read.base), *along, read));
    (side == 0 ? op.lhs : op.rhs) = *read.map;
  }
  const Value tiled = graph.add(op, std::move(operands), node.type, panels_of_sums(node.type.shape, axis));
  return has_tile(graph, tiled, *graph[tiled].layout, sharing) ? std::optional<Value>(tiled) : std::nullopt;
}

/// The same contraction of padded copies of what some terms lead out of; nothing if none do.
std::optional<Value> with_padded_sides(Graph& graph, Value value) {
  const Node& node = graph[value];
  const Shape space = iteration_space(graph, value);
  Contract op = std::get<Contract>(node.op);
  std::vector<Value> operands = node.operands;
  for (int side : {0, 1}) {
    IndexMap& map = side == 0 ? op.lhs : op.rhs;
    if (left_axes(map, space, graph.shape(operands[side])).empty()) continue;
    const Layout layout = layout_of(graph[operands[side]]);
    const auto view = padded_view(graph, {operands[side], map}, space, 0);
    if (!view) return {};
    map = view->map;
    const Node& padded = graph[view->source];
    operands[side] = copied(graph, graph.add(padded.op, padded.operands, padded.type, layout), layout);
  }
  if (operands == node.operands) return {};
  return graph.add(op, std::move(operands), node.type, node.layout);
}

/// A matrix of one row in panels of several blocks, if a tile fits that.
std::optional<Value> with_wide_lanes(Graph& graph, Value value) {
  const Node& node = graph[value];
  for (int axis : lane_candidates(node)) {
    const Layout layout = panels_of_sums(node.type.shape, axis);
    if (layout != panels(node.type.shape, axis) && contract_roles(graph, value, layout))
      return graph.add(node.op, node.operands, node.type, layout);
  }
  return {};
}

/// `value` as it lies, or the same contraction with other lanes or with sides that are packed, if a tile fits
/// that.
std::optional<Value> with_tile(Graph& graph, Value value, bool sharing) {
  if (has_tile(graph, value, *graph[value].layout, sharing)) return value;
  if (const auto other = with_other_lanes(graph, value, sharing)) return other;
  for (int axis : lane_candidates(graph[value])) {
    for (const std::vector<int>& sides : {std::vector{0}, {1}, {0, 1}}) {
      if (const auto packed = with_packed_sides(graph, value, sides, axis, sharing)) return packed;
    }
  }
  return {};
}

std::optional<Value> with_tile(Graph& graph, Value value) {
  if (const auto wide = with_wide_lanes(graph, value)) return wide;
  const auto sharing = with_tile(graph, value, true);
  return sharing ? sharing : with_tile(graph, value, false);
}

/// The window of side `side`: a summed axis and a shorter one of the result that walk along `axis` of it
/// together, and nothing else does.
struct Window {
  int axis, summed, place;
};
std::optional<Window> window_of(const Contract& op, int side, const Shape& result) {
  const int result_rank = rank_of(result);
  const IndexMap& map = side == 0 ? op.lhs : op.rhs;
  for (int axis = 0; axis < static_cast<int>(map.results.size()); ++axis) {
    const std::vector<int> walking = used_axes({map.rank, {map.results[axis]}});
    if (walking.size() != 2 || walking[0] >= result_rank || walking[1] < result_rank) continue;
    if (op.summed[walking[1] - result_rank] < result[walking[0]]) continue;
    const auto steps_by_one = [&](int along) { return map.results[axis].coefficients[along] == 1; };
    if (steps_by_one(walking[0]) && steps_by_one(walking[1])) return Window{axis, walking[1], walking[0]};
  }
  return {};
}

/// The same contraction, summed along `window`'s axis of side `side` instead of where it begins: so that side
/// is read without a window, and the other one, from end to end before, through one. Terms and their order
/// stay. Nothing if that is not the same.
std::optional<Contract> with_window_moved(const Graph& graph, Value value, const Window& window, int side) {
  const Node& node = graph[value];
  Contract op = std::get<Contract>(node.op);
  IndexMap &from = side == 0 ? op.lhs : op.rhs, &to = side == 0 ? op.rhs : op.lhs;
  const Shape &source = graph.shape(node.operands[side]), &other = graph.shape(node.operands[1 - side]);
  const int rank = rank_of(node.type.shape);
  int64_t& extent = op.summed[window.summed - rank];
  for (int axis = 0; axis < rank_of(source); ++axis) {
    if (axis != window.axis && uses_axis(from.results[axis], window.summed)) return {};
  }
  if (!walks(to, window.summed) || uses_axis(to, window.place)) return {};
  for (int axis = 0; axis < rank_of(other); ++axis) {
    Affine& result = to.results[axis];
    if (!uses_axis(result, window.summed)) continue;
    if (other[axis] != extent) return {};
    result.coefficients[window.place] = -1;
    result.offset -= from.results[window.axis].offset;
  }
  from.results[window.axis].offset = 0;
  from.results[window.axis].coefficients[window.place] = 0;
  extent = source[window.axis];
  return op;
}

/// The same contraction with windows on its smaller side: of that a padded copy takes less.
Value with_windows_on_smaller_side(Graph& graph, Value value) {
  for (int side : {0, 1}) {
    const auto elements = [&](int of) { return element_count(graph.shape(graph[value].operands[of])); };
    if (elements(side) <= elements(1 - side)) continue;
    while (const auto window = window_of(std::get<Contract>(graph[value].op), side, graph.shape(value))) {
      const auto moved = with_window_moved(graph, value, *window, side);
      if (!moved) break;
      value = graph.add(*moved, graph[value].operands, graph.type(value), graph[value].layout);
    }
  }
  return value;
}

/// A copy of a source, and how it is read in the source's place.
struct Unfolding {
  Shape shape;
  IndexMap to_source, to_copy;  // of the copy's points, of the reader's

  /// One more axis, along which the source is walked so many elements at a time, and the copy as `walked`.
  void add_axis(int64_t extent, int of_source, int64_t coefficient, const Affine& walked) {
    for (Affine& result : to_source.results) result.coefficients.push_back(0);
    to_source.results[of_source].coefficients.back() = coefficient;
    ++to_source.rank;
    to_copy.results.push_back(walked);
    shape.push_back(extent);
  }
};

/// The copy has the source's axes but `moved`, then those of the domain along which that is walked.
Unfolding unfolding_of(const View& side, const Shape& source, const Shape& space, int moved) {
  Unfolding unfolding{{}, {0, std::vector<Affine>(source.size())}, {side.map.rank, {}}};
  for (int axis = 0; axis < rank_of(source); ++axis) {
    if (axis != moved) unfolding.add_axis(source[axis], axis, 1, side.map.results[axis]);
  }
  const Affine& coordinate = side.map.results[moved];
  for (int axis : used_axes({side.map.rank, {coordinate}}))
    unfolding.add_axis(space[axis], moved, coordinate.coefficients[axis],
                       projection(side.map.rank, {axis}).results[0]);
  unfolding.to_source.results[moved].offset = coordinate.offset;
  return unfolding;
}

constexpr int64_t most_unfolded = int64_t{1} << 26;  // elements

/// A side that a window moves over along `lane_axis`, as a copy that has, beside each other, what it shows at
/// each of its places: then the lanes walk along an axis of their own. Nothing if no window does, or if the
/// copy would be huge.
std::optional<View> with_window_unfolded(Graph& graph, const View& side, const Shape& space, int lane_axis) {
  const Shape& source = graph.shape(side.source);
  const auto moves = [&](const Affine& coordinate) {
    return uses_axis(coordinate, lane_axis) && used_axes({side.map.rank, {coordinate}}).size() > 1;
  };
  const auto& results = side.map.results;
  const auto moved = std::find_if(results.begin(), results.end(), moves);
  if (moved == results.end()) return {};
  const Unfolding found = unfolding_of(side, source, space, static_cast<int>(moved - results.begin()));
  if (element_count(found.shape) > most_unfolded) return {};
  const Affine lanes = projection(side.map.rank, {lane_axis}).results[0];
  const auto& walked = found.to_copy.results;
  const auto in_lanes = std::find(walked.begin() + rank_of(source) - 1, walked.end(), lanes);
  const Layout layout = panels(found.shape, static_cast<int>(in_lanes - walked.begin()));
  const Type type{graph.type(side.source).dtype, found.shape};
  const Value unfolded = graph.add(Reindex{found.to_source, 0}, {side.source}, type, layout);
  return View{copied(graph, unfolded, layout), found.to_copy};
}

/// The same contraction with lanes along an axis that windows move along.
std::optional<Value> with_lanes_along_windows(Graph& graph, Value value) {
  for (int axis : lane_candidates(graph[value])) {
    const Node node = graph[value];
    const Shape space = iteration_space(graph, value);
    Contract op = std::get<Contract>(node.op);
    std::vector<Value> operands = node.operands;
    for (int side : {0, 1}) {
      IndexMap& map = side == 0 ? op.lhs : op.rhs;
      const auto unfolded = with_window_unfolded(graph, {operands[side], map}, space, axis);
      if (!unfolded) continue;
      operands[side] = unfolded->source;
      map = unfolded->map;
    }
    if (operands == node.operands) continue;
    const Value along = graph.add(op, std::move(operands), node.type, panels(node.type.shape, axis));
    if (const auto found = with_tile(graph, along)) return found;
  }
  return {};
}

}  // namespace

Value tiled(Graph& graph, Value value) {
  if (!as<Contract>(graph[value])) return value;
  if (const auto found = with_tile(graph, value)) return *found;
  const Value moved = with_windows_on_smaller_side(graph, value);
  if (const auto found = with_tile(graph, moved)) return *found;
  const auto padded = with_padded_sides(graph, moved);
  if (const auto found = padded ? with_tile(graph, *padded) : std::nullopt) return *found;
  const auto along_windows = with_lanes_along_windows(graph, value);
  return along_windows ? *along_windows : value;
}

std::optional<Value> tiled_row_by_row(Graph& graph, Value value) {
  const Node& node = graph[value];
  const Layout layout = row_major(node.type.shape);
  if (!as<Contract>(node) || layout.width > panel_width || !has_tile(graph, value, layout, true)) return {};
  if (contract_roles(graph, value, layout)->transposed) return {};
  return graph.add(node.op, node.operands, node.type, layout);
}

}  // namespace cgan_jit
