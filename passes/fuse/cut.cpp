#include "passes/fuse/cut.h"

#include <algorithm>

#include "ir/integer.h"
#include "ir/verify.h"
#include "passes/graph/build.h"
#include "passes/graph/views.h"
#include "passes/layout/panels.h"

namespace cgan_jit {
namespace {

constexpr int64_t whole_limit = 1 << 16;  // elements that one thread may sum up alone
constexpr int64_t whole_results = 2048;   // elements that one thread may make alone
constexpr int64_t long_sum = 1024;        // terms
constexpr int64_t least_panels = 8;       // that are enough units
constexpr int64_t least_batches = 4;      // that are enough units
constexpr int64_t few_rows = 16;          // of which one unit is made
constexpr int64_t large_row = 8192;       // elements

/// A sum of rows into a table whose columns lie in lanes: a unit holds a panel of all its rows.
bool is_table_in_panels(const Node& node) {
  const Layout layout = layout_of(node);
  return as<Deposit>(node) && rank_of(node.type.shape) == 2 && layout.lane_axis == 1 &&
         layout.width % 16 == 0 && node.type.shape[0] < most_extent / layout.width;
}

/// A vector of sums, of more terms together than one thread should add.
bool is_large_vector(const Graph& graph, Value value) {
  const Node& node = graph[value];
  return is_reduced(node) && rank_of(node.type.shape) == 1 &&
         element_count(iteration_space(graph, value)) > whole_limit;
}

/// Such sums that lie side by side, one a lane (a matrix by a vector, lanes the matrix's own): nothing that
/// they lack is a row, so a unit makes a panel of them.
bool is_vector_of_sums(const Graph& graph, Value value) {
  return is_large_vector(graph, value) && graph.shape(value)[0] > panel_width;
}

/// Elements in one row, more than one thread should make.
bool is_large_row(const Node& node) {
  const int64_t count = element_count(node.type.shape);
  return is_elementwise(node) && count > whole_results && node.type.shape[layout_of(node).lane_axis] == count;
}

/// Such sums of what has its lanes summed (a feature's statistics over samples): each is a row.
bool sums_lanes(const Graph& graph, Value value) {
  if (!is_large_vector(graph, value)) return false;
  const Read read = reads_of(graph, value)[0];
  if (!read.map || rank_of(graph.shape(read.base)) < 2) return false;
  const Affine& lanes = read.map->results[layout_of(graph[read.base]).lane_axis];
  return !uses_axis(lanes, result_axes(graph, value)[0]);
}

/// The longest axis of more than one element, but for some; of equals the first.
std::optional<int> longest_axis(const Node& node, const std::vector<int>& left_out) {
  const Shape& shape = node.type.shape;
  std::optional<int> longest;
  for (int axis = as<Deposit>(node) ? 1 : 0; axis < rank_of(shape); ++axis) {
    if (shape[axis] == 1 || std::find(left_out.begin(), left_out.end(), axis) != left_out.end()) continue;
    if (!longest || shape[axis] > shape[*longest]) longest = axis;
  }
  return longest;
}

/// A product whose panels of lanes are the units: it has few rows; or its vector side is transposed, which
/// takes a time that many rows should share. Of a long sum over few panels the rows are cut all the same,
/// where that makes as many units.
bool is_cut_into_panels(const Node& node, const ContractRoles& roles) {
  const int64_t panels = ceil_div(node.type.shape[roles.lane_axis], layout_of(node).width);
  const int64_t terms = element_count(std::get<Contract>(node.op).summed);
  const int64_t rows = node.type.shape[roles.row_axis];
  const int64_t all_rows = element_count(node.type.shape) / node.type.shape[roles.lane_axis];
  const bool has_few_rows = rows < few_rows && panels > 1 && all_rows == rows;
  const int64_t row_units = std::max<int64_t>(1, all_rows / least_transposed_rows);
  const bool has_few_panels = terms >= long_sum && panels < least_panels && panels <= row_units;
  return has_few_rows || (roles.transposed && roles.batch_axes.empty() && !has_few_panels);
}

/// The axes of a product that but one side walks along, or none.
std::vector<int> unshared_axes(const Node& node) {
  const auto& op = std::get<Contract>(node.op);
  std::vector<int> axes;
  for (int axis = 0; axis < rank_of(node.type.shape); ++axis) {
    if (!uses_axis(op.lhs, axis) || !uses_axis(op.rhs, axis)) axes.push_back(axis);
  }
  return axes;
}

/// The axis along which a product is cut: one that both sides walk along, so that units share nothing (a
/// batch of products); else its tiles' rows; or another one, if a row is large or rows make few units: then a
/// unit has all rows of a few places (pixels, samples), of which all tiles read the same.
int unit_axis_of(const Node& node, const ContractRoles& roles) {
  std::vector<int> tile_axes = roles.jam_axes;
  tile_axes.insert(tile_axes.end(), {roles.row_axis, roles.lane_axis});
  std::vector<int> left_out = unshared_axes(node);
  left_out.insert(left_out.end(), tile_axes.begin(), tile_axes.end());
  const auto batch = roles.shares ? longest_axis(node, left_out) : std::nullopt;
  if (batch && node.type.shape[*batch] >= least_batches) return *batch;
  const auto other = longest_axis(node, tile_axes);
  if (!other || roles.transposed) return roles.row_axis;
  const Shape& shape = node.type.shape;
  const int64_t per_row = element_count(shape) / std::max<int64_t>(1, shape[roles.row_axis]);
  const int64_t units_of_rows = shape[roles.row_axis] / few_rows;
  const bool has_few_units = units_of_rows < least_panels && units_of_rows < shape[*other];
  return per_row >= large_row || has_few_units ? *other : roles.row_axis;
}

/// The axis along which a kernel of `node` alone is cut into rows.
std::optional<int> first_row_axis(const Node& node, const std::optional<ContractRoles>& roles) {
  if (as<Scatter>(node) || is_table_in_panels(node)) return {};
  if (roles)
    return is_cut_into_panels(node, *roles) ? std::nullopt : std::optional(unit_axis_of(node, *roles));
  // What lies next to the lanes stays together, if there is another axis.
  const Layout layout = layout_of(node);
  const auto longest = longest_axis(node, {layout.lane_axis, layout.inner_axis});
  return longest ? longest : longest_axis(node, {layout.lane_axis});
}

int64_t rows_of(const Graph& graph, const FusedKernel& kernel) {
  return graph.shape(kernel.frame)[kernel.rows_axis()];
}

/// The axis of `value` along which the kernel is cut, if every read of a block node keeps its row.
std::optional<int> row_axis_behind(const FusionState& state, const FusedKernel& kernel, Value value) {
  std::optional<int> iteration_axis;
  for (const Read& read : state.reads[index(value)]) {
    const auto member = kernel.row_axis.find(read.base);
    if (member == kernel.row_axis.end()) continue;
    if (!read.map) return {};
    const std::optional<int> axis = read.map->results[member->second].plain_axis();
    if (!axis || (iteration_axis && *iteration_axis != *axis) || axis_along(read, *axis) != member->second)
      return {};
    iteration_axis = axis;
  }
  if (!iteration_axis) return {};
  const std::vector<int> axes = result_axes(state.graph, value);
  const auto found = std::find(axes.begin(), axes.end(), *iteration_axis);
  if (found == axes.end()) return {};
  const int axis = static_cast<int>(found - axes.begin());
  return state.graph.shape(value)[axis] == rows_of(state.graph, kernel) ? std::optional<int>(axis)
                                                                        : std::nullopt;
}

/// The axis of what is read that walks along the rows of `reader`, a node of the kernel.
std::optional<int> row_axis_before(const Graph& graph, const FusedKernel& kernel, Value reader,
                                   const Read& read) {
  const auto member = kernel.row_axis.find(reader);
  if (member == kernel.row_axis.end()) return {};
  const int iteration_axis = result_axes(graph, reader)[member->second];
  if (iteration_axis < 0) return {};
  const std::optional<int> axis = axis_along(read, iteration_axis);
  return axis && graph.shape(read.base)[*axis] == rows_of(graph, kernel) ? axis : std::nullopt;
}

/// Whether it holds of every read of `value` by a node of the kernel, and of that node.
template <typename Holds>
bool all_reads(const FusionState& state, const FusedKernel& kernel, Value value, Holds holds) {
  const std::vector<Value>& readers = state.readers[index(value)];
  return std::all_of(readers.begin(), readers.end(), [&](Value reader) {
    const std::vector<Read>& reads = state.reads[index(reader)];
    return !state.is_in(kernel, reader) || std::all_of(reads.begin(), reads.end(), [&](const Read& read) {
      return read.base != value || holds(read, reader);
    });
  });
}

/// That of all its readers in the kernel, if they agree.
std::optional<int> row_axis_before_all(const FusionState& state, const FusedKernel& kernel, Value value) {
  std::optional<int> common;
  const bool agree = all_reads(state, kernel, value, [&](const Read& read, Value reader) {
    const std::optional<int> axis = row_axis_before(state.graph, kernel, reader, read);
    if (!common) common = axis;
    return axis && axis == common;
  });
  return agree ? common : std::nullopt;
}

bool lanes_agree(const Graph& graph, const FusedKernel& kernel, Value value, int row_axis) {
  return rank_of(graph.shape(value)) < 2 || layout_of(graph[value]).lane_axis != row_axis ||
         rank_of(graph.shape(kernel.frame)) < 2;
}

/// Its rows are what lies next to the lanes, and a row is many pieces that lie far apart: a kernel cut into
/// such rows neither writes them one after the other nor holds them in the cache.
bool is_cut_into_pieces(const Graph& graph, Value value, int row_axis) {
  const Shape& shape = graph.shape(value);
  return rank_of(shape) > 2 && layout_of(graph[value]).inner_axis == row_axis &&
         element_count(shape) / shape[row_axis] >= large_row;
}

std::optional<Membership> in_rows(const Graph& graph, const FusedKernel& kernel, Value value,
                                  std::optional<int> axis) {
  if (!axis || !lanes_agree(graph, kernel, value, *axis)) return {};
  return Membership{axis};
}

std::optional<Membership> without_rows(bool fits) {
  return fits ? std::optional(Membership{}) : std::nullopt;
}

bool has_frames_panels(const Graph& graph, const FusedKernel& kernel, Value value) {
  const Node &node = graph[value], &frame = graph[kernel.frame];
  return node.type.shape == frame.type.shape && node.layout == frame.layout;
}

bool is_in_place(const Read& read) { return read.map && is_identity(*read.map); }

bool fits_panels_behind(const FusionState& state, const FusedKernel& kernel, Value value) {
  const std::vector<Read>& reads = state.reads[index(value)];
  return is_pointwise(state.graph[value]) && has_frames_panels(state.graph, kernel, value) &&
         std::all_of(reads.begin(), reads.end(),
                     [&](const Read& read) { return !state.is_in(kernel, read.base) || is_in_place(read); });
}

bool fits_panels_before(const FusionState& state, const FusedKernel& kernel, Value value) {
  return has_frames_panels(state.graph, kernel, value) &&
         all_reads(state, kernel, value, [](const Read& read, Value) { return is_in_place(read); });
}

bool fits_whole(const FusionState& state, const FusedKernel& kernel, Value value) {
  const std::vector<Read>& reads = state.reads[index(value)];
  return element_count(iteration_space(state.graph, value)) <= whole_limit &&
         element_count(state.graph.shape(value)) <= whole_results &&
         std::all_of(reads.begin(), reads.end(),
                     [&](const Read& read) { return read.map || !state.is_in(kernel, read.base); });
}

/// Without nodes.
FusedKernel cut_alone(const Graph& graph, Value frame) {
  const Node& node = graph[frame];
  FusedKernel kernel;
  kernel.frame = frame;
  if (is_anchor(node)) kernel.anchor = frame;
  if (as<Contract>(node)) kernel.roles = contract_roles(graph, frame);
  if (sums_lanes(graph, frame)) {
    kernel.split = Split::rows;
    kernel.row_axis[frame] = 0;
  } else if (const std::optional<int> axis = first_row_axis(node, kernel.roles)) {
    kernel.split = Split::rows;
    kernel.row_axis[frame] = *axis;
  } else if (kernel.roles || is_table_in_panels(node) || is_vector_of_sums(graph, frame) ||
             is_large_row(node)) {
    kernel.split = Split::lane_panels;
  }
  return kernel;
}

}  // namespace

void open_kernel(FusionState& state, Value frame) {
  const int number = static_cast<int>(state.kernels.size());
  state.kernels.push_back(cut_alone(state.graph, frame));
  put(state, frame, number, {});
}

std::optional<Membership> membership_behind(const FusionState& state, const FusedKernel& kernel,
                                            Value value) {
  switch (kernel.split) {
    case Split::whole:
      return without_rows(fits_whole(state, kernel, value));
    case Split::lane_panels:
      return without_rows(fits_panels_behind(state, kernel, value));
    case Split::rows: {
      const auto axis = row_axis_behind(state, kernel, value);
      if (axis && is_cut_into_pieces(state.graph, value, *axis)) return {};
      return in_rows(state.graph, kernel, value, axis);
    }
  }
  return {};
}

std::optional<Membership> membership_before(const FusionState& state, const FusedKernel& kernel,
                                            Value value) {
  switch (kernel.split) {
    case Split::whole:
      return without_rows(fits_whole(state, kernel, value));
    case Split::lane_panels:
      return without_rows(fits_panels_before(state, kernel, value));
    case Split::rows: {
      const auto axis = row_axis_before_all(state, kernel, value);
      const bool is_inside = state.readers[index(value)].size() == 1;
      if (axis && !is_inside && is_cut_into_pieces(state.graph, value, *axis)) return {};
      return in_rows(state.graph, kernel, value, axis);
    }
  }
  return {};
}

}  // namespace cgan_jit
