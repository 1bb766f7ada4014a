#include "passes/lower/units.h"

#include <algorithm>
#include <numeric>

#include "ir/integer.h"
#include "passes/graph/views.h"

namespace cgan_jit {
namespace {

constexpr int word_rows = 4;               // one Philox block serves four neighbours
constexpr int64_t least_place_units = 16;  // of a product that is cut along another axis than its rows

template <typename Holds>
bool any_node(const KernelContext& in, Holds holds) {
  return std::any_of(in.kernel.nodes.begin(), in.kernel.nodes.end(), holds);
}

bool deposits(const KernelContext& in) {
  return in.kernel.anchor && as<Deposit>(in.graph[*in.kernel.anchor]);
}

/// Some nest draws random words whose four-word blocks run along the rows.
bool words_along_rows(const KernelContext& in, int64_t row_count) {
  if (row_count % word_rows != 0 || in.kernel.split != Split::rows || deposits(in)) return false;
  return any_node(in, [&](Value node) {
    const Shape& shape = in.graph.shape(node);
    const auto row = in.kernel.row_axis.find(node);
    return as<Random>(in.graph[node]) && row != in.kernel.row_axis.end() &&
           row->second + 1 == rank_of(shape) && shape.back() % word_rows == 0;
  });
}

/// The axis next to the lanes; -1: there is none.
int innermost_axis(const Node& node) {
  const Layout layout = layout_of(node);
  if (layout.inner_axis >= 0) return layout.inner_axis;
  int last = rank_of(node.type.shape) - 1;
  while (last >= 0 && (last == layout.lane_axis || node.type.shape[last] == 1)) --last;
  return last;
}

/// Some row's sum reads what lies beside the next row's.
bool sums_beside_each_other(const KernelContext& in) {
  if (in.kernel.anchor) return false;
  return any_node(in, [&](Value node) {
    if (!as<Reduce>(in.graph[node]) || !in.kernel.row_axis.count(node)) return false;
    const int row = result_axes(in.graph, node)[in.kernel.row_axis.at(node)];
    return innermost_axis(in.graph[in.graph[node].operands[0]]) == row;
  });
}

/// Of the widest nest.
int64_t bytes_per_row(const Nests& nests) {
  int64_t widest = 1;
  for (const Nest& nest : nests.nests) {
    const int lane_axis = nest.has_lanes() ? nest.lane_axis : nest.row_axis;
    const int64_t lane_extent = nest.has_lanes() ? round_up(nest.shape[nest.lane_axis], lanes) : 1;
    widest = std::max(widest, block_elements(nest.shape, {nest.row_axis, lane_axis}, lane_extent, 1));
  }
  return widest * 4;
}

/// Its lanes are the nest's, in the same panels.
bool has_panels_of(const Node& node, const Nest& nest) {
  const Layout layout = layout_of(node);
  return node.type.shape[layout.lane_axis] == nest.shape[nest.lane_axis] && layout.width == nest.width;
}

/// Whether it holds of what `node` reads of the kernel's own.
template <typename Holds>
bool all_own_reads(const KernelContext& in, Value node, Holds holds) {
  const std::vector<Read>& reads = in.fused.reads[index(node)];
  return std::all_of(reads.begin(), reads.end(), [&](const Read& read) {
    return !std::binary_search(in.kernel.nodes.begin(), in.kernel.nodes.end(), read.base) || holds(read);
  });
}

/// Of the anchor's block, if there is one: only lanes in the panel at hand.
bool reads_in_its_panel(const KernelContext& in, Value node) {
  if (!in.kernel.anchor || in.graph.shape(node).empty()) return true;
  const int lane_axis = result_axes(in.graph, node)[layout_of(in.graph[node]).lane_axis];
  return all_own_reads(in, node, [&](const Read& read) {
    if (in.graph.shape(read.base).empty()) return true;
    return read.map && read.map->results[layout_of(in.graph[read.base]).lane_axis].plain_axis() == lane_axis;
  });
}

/// Of the kernel's own values: only the element's own place.
bool reads_in_place(const KernelContext& in, Value node) {
  return all_own_reads(in, node,
                       [](const Read& read) { return read.map && !read.guarded && is_identity(*read.map); });
}

constexpr int64_t kept_rows = 16;  // the fewest that a unit of a product has

/// So many whole rows are no burden to the cache: then their sums need not wait from panel to panel (which
/// takes a VAE at batch 128 6 % longer).
bool keeps_rows(const KernelContext& in, const Nest& nest) {
  const int64_t row = element_count(nest.shape) / nest.shape[nest.row_axis];
  return row * kept_rows * 4 <= in.target.l2_bytes / 4;
}

/// All nests but the first one have a value a row.
bool are_of_sums(const Nests& nests) {
  return std::none_of(nests.nests.begin() + 1, nests.nests.end(),
                      [](const Nest& nest) { return nest.has_lanes(); });
}

/// A sum over the lanes of what the nest goes through, and over nothing else: its partial sums take panel
/// after panel.
bool sums_panels(const Graph& graph, Value sum, const Nest& nest) {
  const auto& op = std::get<Reduce>(graph[sum].op);
  return op.fn == ReduceFn::add && graph.type(sum).dtype == DType::f32 && op.order == Order::lanes16 &&
         op.axes == std::vector<int>{nest.lane_axis} && rank_of(nest.shape) == 2 &&
         graph.shape(graph[sum].operands[0]) == nest.shape;
}

/// Of a product: enough rows that share what they read, in units enough for many threads.
int64_t rows_of_a_product(const KernelContext& in, const Nests& nests, const ContractLowering& contract,
                          int64_t count) {
  const Node& node = in.graph[*in.kernel.anchor];
  const Shape& shape = node.type.shape;
  const ContractRoles& roles = *in.kernel.roles;
  const int unit_axis = in.kernel.rows_axis(), tile_rows = contract.tile().rows;
  if (roles.transposed && roles.batch_axes.empty()) {
    const int64_t others = element_count(shape) / shape[unit_axis] / shape[roles.lane_axis];
    const int64_t wanted = round_up(ceil_div(least_transposed_rows, others), tile_rows);
    return ceil_div(count, std::max<int64_t>(1, count / wanted));  // evenly: no unit has few
  }
  const int64_t panels = ceil_div(shape[roles.lane_axis], layout_of(node).width);
  const int64_t bytes = contract.bytes_per_row() / (goes_by_panels(in, nests) ? panels : 1);
  if (unit_axis == roles.row_axis)
    return rows_per_unit(in.target, tile_rows, contract.least_rows(), count, bytes, panels,
                         contract.row_alignment());
  return std::clamp<int64_t>(in.target.l2_bytes / 8 / bytes, 1, ceil_div(count, least_place_units));
}

}  // namespace

int64_t rows_of_a_unit(const KernelContext& in, const Nests& nests, const ContractLowering* contract,
                       int64_t together) {
  const int64_t count = in.graph.shape(in.kernel.frame)[in.kernel.rows_axis()];
  if (contract) return rows_of_a_product(in, nests, *contract, count);
  const int64_t step = words_along_rows(in, count) ? std::lcm<int64_t>(word_rows, together) : together;
  const int64_t per_unit = rows_per_plain_unit(in.target, step, count, bytes_per_row(nests));
  return goes_by_panels(in, nests) ? std::max(per_unit, rows_per_run(step, count, nests.nests[0].width))
                                   : per_unit;
}

int rows_at_once(const KernelContext& in, const Nests& nests, int64_t count) {
  if (words_along_rows(in, count)) return word_rows;
  if (!sums_beside_each_other(in)) return 1;
  for (int rows : {16, 8, 4}) {
    if (count % rows == 0 && (nests.read_later.empty() || rows <= most_kept_rows)) return rows;
  }
  return 1;
}

bool is_innermost(const Node& node, int axis) { return innermost_axis(node) == axis; }

bool may_go_over_rows(const KernelContext& in, const Nest& nest, int64_t rows) {
  if (nest.row_axis < 0 || !nest.has_lanes() || nest.axes.empty()) return false;
  const int64_t bytes = element_count(nest.shape) / nest.shape[nest.row_axis] * rows * 4;
  return bytes <= in.target.l2_bytes / 2 &&
         std::all_of(nest.nodes.begin(), nest.nodes.end(), [&](Value node) {
           return is_pointwise(in.graph[node]) && !as<Random>(in.graph[node]) &&
                  !in.storage.copies.count(node) && is_innermost(in.graph[node], nest.row_axis);
         });
}

bool goes_by_panels(const KernelContext& in, const Nests& nests) {
  if (nests.nests.empty() || !nests.nests[0].has_lanes()) return false;
  const Nest& nest = nests.nests[0];
  if (nest.row_axis < 0 || panel_count(nest) == 1 || nest.width % lanes != 0) return false;
  if (nests.nests.size() > 1 && (!in.kernel.roles || !are_of_sums(nests) || keeps_rows(in, nest)))
    return false;
  return !any_node(in, [&](Value node) {
    if (in.kernel.anchor == node) return !in.kernel.roles || !has_panels_of(in.graph[node], nest);
    if (as<Reduce>(in.graph[node]) && sums_panels(in.graph, node, nest)) return !reads_in_place(in, node);
    return is_reduced(in.graph[node]) || as<Contract>(in.graph[node]) || !reads_in_its_panel(in, node);
  });
}

}  // namespace cgan_jit
