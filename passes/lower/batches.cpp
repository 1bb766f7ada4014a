#include "passes/lower/batches.h"

#include <algorithm>

#include "passes/graph/views.h"
#include "passes/lower/units.h"

namespace cgan_jit {
namespace {

/// Both sides of the product walk along it.
bool is_batch_axis(const Node& product, int axis) {
  const auto& op = std::get<Contract>(product.op);
  return uses_axis(op.lhs, axis) && uses_axis(op.rhs, axis);
}

/// Finds an axis of every node that has rows, from the anchor's on, or none.
class WalkAlong {
 public:
  WalkAlong(const KernelContext& in, int axis) : in_(in) { axes_[*in.kernel.anchor] = axis; }

  AxisOfNodes run() {
    for (size_t known = 0; known < axes_.size();) {
      known = axes_.size();
      for (Value node : in_.kernel.nodes) visit(node);
    }
    return is_complete() ? axes_ : AxisOfNodes{};
  }

 private:
  bool has_rows(Value value) const { return in_.kernel.row_axis.count(value) > 0; }

  /// The axis of the node's iteration space that walks along its own, -1 for none.
  int iteration_axis(Value node) const { return result_axes(in_.graph, node)[axes_.at(node)]; }

  void visit(Value node) {
    if (!has_rows(node)) return;
    for (const Read& read : in_.fused.reads[index(node)]) {
      if (!has_rows(read.base) || !read.map) continue;
      if (!axes_.count(node) && axes_.count(read.base)) find_behind(node, read);
      if (axes_.count(node) && !axes_.count(read.base)) find_before(node, read);
    }
  }

  void find_behind(Value node, const Read& read) {
    const auto along = read.map->results[axes_.at(read.base)].plain_axis();
    const std::vector<int> axes = result_axes(in_.graph, node);
    const auto found = along ? std::find(axes.begin(), axes.end(), *along) : axes.end();
    if (found != axes.end()) axes_[node] = static_cast<int>(found - axes.begin());
  }

  void find_before(Value node, const Read& read) {
    const int along = iteration_axis(node);
    if (const auto axis = along < 0 ? std::nullopt : axis_along(read, along)) axes_[read.base] = *axis;
  }

  /// All nodes with rows have one, and every read among them keeps it.
  bool is_complete() const {
    const std::vector<Value>& nodes = in_.kernel.nodes;
    return std::all_of(nodes.begin(), nodes.end(), [&](Value node) {
      return has_rows(node) ? axes_.count(node) && fits(node) : reads_no_rows(node);
    });
  }

  bool fits(Value node) const {
    const Shape& shape = in_.graph.shape(node);
    const int axis = axes_.at(node), along = iteration_axis(node);
    if (axis == in_.kernel.row_axis.at(node) || axis == layout_of(in_.graph[node]).lane_axis) return false;
    if (along < 0 || shape[axis] != in_.graph.shape(*in_.kernel.anchor)[axes_.at(*in_.kernel.anchor)])
      return false;
    const std::vector<Read>& reads = in_.fused.reads[index(node)];
    return std::all_of(reads.begin(), reads.end(), [&](const Read& read) {
      return !has_rows(read.base) || (read.map && axis_along(read, along) == axes_.at(read.base));
    });
  }

  bool reads_no_rows(Value node) const {
    const std::vector<Read>& reads = in_.fused.reads[index(node)];
    return std::none_of(reads.begin(), reads.end(), [&](const Read& read) { return has_rows(read.base); });
  }

  const KernelContext& in_;
  AxisOfNodes axes_;
};

/// The nodes of a nest go along it by one axis, which is a loop of theirs.
bool is_a_loop(const Nest& nest, const AxisOfNodes& axes) {
  return std::all_of(nest.nodes.begin(), nest.nodes.end(), [&](Value node) {
    const auto axis = axes.find(node);
    return axis != axes.end() && axis->second == axes.at(nest.nodes[0]) &&
           std::count(nest.axes.begin(), nest.axes.end(), axis->second) > 0;
  });
}

/// Of the product's result, the axes that are neither a tile's nor the units'.
std::vector<int> other_axes(const KernelContext& in) {
  const Shape& shape = in.graph.shape(*in.kernel.anchor);
  const ContractRoles& roles = *in.kernel.roles;
  std::vector<int> axes;
  for (int axis = 0; axis < rank_of(shape); ++axis) {
    if (!roles.is_tile_axis(axis) && axis != in.kernel.row_axis.at(*in.kernel.anchor) && shape[axis] > 1)
      axes.push_back(axis);
  }
  return axes;
}

/// Of a batch its other axes; of rows that lie side by side the one that they lie apart along.
std::vector<int> place_candidates(const KernelContext& in) {
  if (!in.kernel.roles || in.kernel.split != Split::rows) return {};
  const Node& product = in.graph[*in.kernel.anchor];
  std::vector<int> axes = other_axes(in);
  if (is_cut_along_batch(in)) {
    std::erase_if(axes, [&](int axis) { return !is_batch_axis(product, axis); });
    return axes;
  }
  const ContractRoles& roles = *in.kernel.roles;
  const bool fits = axes.size() == 1 && !roles.transposed && is_innermost(product, roles.row_axis) &&
                    in.kernel.row_axis.at(*in.kernel.anchor) == roles.row_axis;
  return fits ? axes : std::vector<int>{};
}

}  // namespace

bool is_cut_along_batch(const KernelContext& in) {
  if (!in.kernel.roles || in.kernel.split != Split::rows) return false;
  const int units = in.kernel.row_axis.at(*in.kernel.anchor);
  return !in.kernel.roles->is_tile_axis(units) && is_batch_axis(in.graph[*in.kernel.anchor], units);
}

AxisOfNodes place_axis(const KernelContext& in, const Nests& nests) {
  for (int axis : place_candidates(in)) {
    AxisOfNodes axes = WalkAlong(in, axis).run();
    const bool fit = !axes.empty() && std::all_of(nests.nests.begin(), nests.nests.end(),
                                                  [&](const Nest& nest) { return is_a_loop(nest, axes); });
    if (fit) return axes;
  }
  return {};
}

}  // namespace cgan_jit
