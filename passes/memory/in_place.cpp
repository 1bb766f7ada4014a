#include "passes/memory/in_place.h"

#include <algorithm>
#include <set>

#include "passes/graph/views.h"

namespace cgan_jit {
namespace {

bool is_identity_read(const Node& node, const Read& read) {
  return is_pointwise(node) && read.map && !read.guarded && is_identity(*read.map);
}

/// One value a row, and no other axis: its write waits for the end of the row.
bool is_row_value(const FusedGraph& fused, const FusedKernel& kernel, Value value) {
  return kernel.split == Split::rows && kernel.row_axis.count(value) && fused.graph.shape(value).size() == 1;
}

bool reads_own_row(const FusedGraph& fused, const FusedKernel& kernel, Value node, const Read& read) {
  const auto row = kernel.row_axis.find(node);
  if (row == kernel.row_axis.end() || !read.map || read.guarded) return false;
  const int iteration_axis = result_axes(fused.graph, node)[row->second];
  return std::any_of(read.map->results.begin(), read.map->results.end(),
                     [&](const Affine& result) { return result.plain_axis() == iteration_axis; });
}

/// `update` depends on `node`, or is it: what `node` reads is read before the update is written.
bool serves(const Graph& graph, Value node, Value update) {
  std::vector<Value> pending{update};
  std::set<Value> seen;
  while (!pending.empty()) {
    const Value value = pending.back();
    pending.pop_back();
    if (value == node) return true;
    if (value < node || !seen.insert(value).second) continue;
    const Node& reader = graph[value];
    pending.insert(pending.end(), reader.operands.begin(), reader.operands.end());
  }
  return false;
}

/// Each element is read at its own place, or where it is but for axes of one element.
bool keeps_place(const Graph& graph, Value node, const Read& read) {
  if (!is_pointwise(graph[node]) || !read.map || read.guarded) return false;
  const Shape& shape = graph.shape(node);
  const auto same_place = unit_axes_map(graph.shape(read.base), shape);
  return same_place && *same_place == without_unit_axes(*read.map, shape);
}

bool is_member(const FusedKernel& kernel, Value value) {
  return std::binary_search(kernel.nodes.begin(), kernel.nodes.end(), value);
}

/// `holds` of every read by `value` and by the nodes of the kernel that it is made of; but for sums, which
/// are computed before.
template <typename Holds>
bool all_reads_behind(const FusedGraph& fused, const FusedKernel& kernel, Value value, Holds holds) {
  std::vector<Value> pending{value};
  std::set<Value> seen;
  while (!pending.empty()) {
    const Value node = pending.back();
    pending.pop_back();
    if (!is_member(kernel, node) || is_reduced(fused.graph[node]) || !seen.insert(node).second) continue;
    for (const Read& read : fused.reads[index(node)]) {
      if (!holds(node, read)) return false;
      pending.push_back(read.base);
    }
  }
  return true;
}

bool is_made_without(const FusedGraph& fused, const FusedKernel& kernel, Value value, Value param) {
  return value != param &&
         all_reads_behind(fused, kernel, value, [&](Value, const Read& read) { return read.base != param; });
}

/// The nodes through which `update` reads the param are each read where it is itself: mirrored or moved, an
/// element of the param would be asked for when it is overwritten already.
bool is_made_in_place(const FusedGraph& fused, const FusedKernel& kernel, Value param, Value update) {
  return all_reads_behind(fused, kernel, update, [&](Value node, const Read& read) {
    return keeps_place(fused.graph, node, read) || is_made_without(fused, kernel, read.base, param);
  });
}

}  // namespace

bool overwrites_what_it_has_read(const FusedGraph& fused, const FusedKernel& kernel, Value param,
                                 const Renaming& update) {
  const Graph& graph = fused.graph;
  if (graph.shape(param) != graph.shape(update.base) ||
      !std::is_sorted(update.axes.begin(), update.axes.end()))
    return false;
  const bool row_values = is_row_value(fused, kernel, update.base);
  if (!row_values && !is_made_in_place(fused, kernel, param, update.base)) return false;
  for (Value node : kernel.nodes) {
    for (const Read& read : fused.reads[index(node)]) {
      if (read.base != param) continue;
      if (row_values ? !reads_own_row(fused, kernel, node, read)
                     : !(is_identity_read(graph[node], read) && serves(graph, node, update.base)))
        return false;
    }
  }
  return true;
}

}  // namespace cgan_jit
