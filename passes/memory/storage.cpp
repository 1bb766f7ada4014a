#include "passes/memory/storage.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "ir/integer.h"
#include "passes/fuse/placement.h"

namespace cgan_jit {
namespace {

int64_t root_bytes(const Type& type, const Layout& layout) {
  return round_up(stored_elements(type.shape, layout) * bytes_of(type.dtype), 64);
}

/// The home of a part at `offset` along `axis` of the whole.
Home part_home(Home whole, int axis, int64_t offset) {
  whole.padded = whole.padded && axis != whole.lane_axis;
  if (axis != whole.lane_axis || whole.block_stride == 0) {
    whole.base += offset * whole.strides[axis];
  } else if (whole.lane_shift == 0 && offset % whole.width == 0) {
    whole.base += offset / whole.width * whole.block_stride;
  } else {
    whole.lane_shift += offset;
  }
  return whole;
}

/// The home of a renaming's base, given the home of the renamed value.
Home renamed_home(const Home& home, const std::vector<int>& axes) {
  Home base = home;
  base.strides.clear();
  base.lane_axis = -1;
  for (size_t axis = 0; axis < axes.size(); ++axis) {
    base.strides.push_back(axes[axis] < 0 ? 0 : home.strides[axes[axis]]);
    if (axes[axis] >= 0 && axes[axis] == home.lane_axis) base.lane_axis = static_cast<int>(axis);
  }
  if (base.lane_axis >= 0 || home.block_stride == 0) return base;
  // The lanes' axis is gone: its one coordinate is 0.
  base.base += home.lane_shift / home.width * home.block_stride + home.lane_shift % home.width;
  base.block_stride = base.lane_shift = 0;
  return base;
}

/// The bases of the parts of `concat`, and of theirs.
void add_parts(const Graph& graph, Value concat, std::set<Value>& parts) {
  std::vector<Value> open{concat};
  while (!open.empty()) {
    const Value whole = open.back();
    open.pop_back();
    for (Value part : graph[whole].operands) {
      const Value base = renamed_base(graph, part).base;
      if (parts.insert(base).second && as<Concat>(graph[base])) open.push_back(base);
    }
  }
}

std::string to_string(const Home& home) {
  std::string text = fmt::format("root {} from {} strides {}", home.root, home.base, home.strides);
  if (home.lane_axis >= 0 && home.block_stride > 0)
    text += fmt::format(" axis {} in blocks of {}, {} apart", home.lane_axis, home.width, home.block_stride);
  if (home.lane_shift > 0) text += fmt::format(" shifted by {}", home.lane_shift);
  return text;
}

class StorageAssignment {
 public:
  explicit StorageAssignment(const FusedGraph& fused)
      : fused_(fused), graph_(fused.graph), kernel_of_(graph_.size(), -1) {
    for (size_t k = 0; k < fused.kernels.size(); ++k) {
      for (Value node : fused.kernels[k].results) kernel_of_[index(node)] = static_cast<int>(k);
    }
  }

  Storage run() {
    const std::vector<bool> live = live_nodes(graph_);
    for (uint32_t i = 0; i < graph_.size(); ++i) {
      if (live[i]) leaf(Value{i});
    }
    storage_.needs_data_of = data_order();
    storage_.before.resize(fused_.kernels.size());
    after_.resize(fused_.kernels.size());
    for (size_t k = 0; k < fused_.kernels.size(); ++k) {
      for (int earlier : storage_.needs_data_of[k]) put_before(static_cast<int>(k), earlier);
    }
    for (size_t k = 0; k < fused_.kernels.size(); ++k) {
      for (Value load : fused_.kernels[k].loads) readers_[load].push_back(static_cast<int>(k));
    }
    for (const Output& output : graph_.outputs()) {
      if (output.updates) update(output);
    }
    const auto is_concat = [&](const Output& output) {
      return as<Concat>(graph_[renamed_base(graph_, output.value).base]) != nullptr;
    };
    for (const Output& output : graph_.outputs()) {
      if (!output.updates && is_concat(output)) result(output);
    }
    for (uint32_t i = graph_.size(); i-- > 0;) {
      if (live[i] && as<Concat>(graph_.nodes()[i])) concat(Value{i});
    }
    for (const Output& output : graph_.outputs()) {
      if (!output.updates && !is_concat(output)) result(output);
    }
    for (const FusedKernel& kernel : fused_.kernels) {
      for (Value node : kernel.results) {
        if (!storage_.homes.count(node)) storage_.homes[node] = temporary(node);
      }
    }
    return std::move(storage_);
  }

 private:
  /// Of every kernel, those that write what it reads.
  std::vector<std::set<int>> data_order() const {
    std::vector<std::set<int>> order(fused_.kernels.size());
    for (size_t k = 0; k < order.size(); ++k) {
      const FusedKernel& kernel = fused_.kernels[k];
      std::set<Value> bases(kernel.loads.begin(), kernel.loads.end());
      for (Value node : kernel.nodes) {
        if (as<Concat>(graph_[node])) add_parts(graph_, node, bases);  // what it copies
      }
      for (Value load : kernel.loads) {
        if (as<Concat>(graph_[load])) add_parts(graph_, load, bases);
      }
      for (Value base : bases) {
        const int writer = kernel_of_[index(base)];
        if (writer >= 0 && writer != static_cast<int>(k)) order[k].insert(writer);
      }
    }
    return order;
  }

  int add_root(Root root) {
    storage_.roots.push_back(std::move(root));
    return static_cast<int>(storage_.roots.size()) - 1;
  }

  void leaf(Value value) {
    const Node& node = graph_[value];
    const Layout layout = layout_of(node);
    if (const auto* input = as<Input>(node)) {
      const int64_t bytes = element_count(node.type.shape) * bytes_of(node.type.dtype);
      storage_.homes[value] = whole_home(add_root({Root::Kind::input, input->name, node.type, layout, bytes}),
                                         node.type.shape, layout);
    }
    if (const auto* param = as<Param>(node)) {
      storage_.homes[value] = whole_home(
          add_root({Root::Kind::param, param->name, node.type, layout, root_bytes(node.type, layout)}),
          node.type.shape, layout);
    }
  }

  Home temporary(Value value) {
    const Node& node = graph_[value];
    const Layout layout = layout_of(node);
    return whole_home(add_root({Root::Kind::temporary, "", node.type, layout, root_bytes(node.type, layout)}),
                      node.type.shape, layout);
  }

  /// Readers rely on a value's layout: a place where it lies otherwise can only be a copy.
  bool lies_as_laid_out(Value value, const Home& home) const {
    const Node& node = graph_[value];
    if (node.type.shape.empty()) return true;
    const Layout layout = layout_of(node);
    const bool cut = node.type.shape[layout.lane_axis] > layout.width;
    return home.lane_axis == layout.lane_axis && home.width == layout.width && home.lane_shift == 0 &&
           cut == (home.block_stride != 0) && home.strides[layout.lane_axis] == 1;
  }

  /// `value`, a part or an output, is to be found at `home`.
  void place(Value value, const Home& home) {
    const Renaming renaming = renamed_base(graph_, value);
    if (as<Concat>(graph_[renaming.base]) && kernel_of_[index(renaming.base)] < 0) {
      check(!storage_.homes.count(renaming.base), "a concat is placed twice");
      storage_.homes[renaming.base] = renamed_home(home, renaming.axes);
      return;
    }
    check(kernel_of_[index(renaming.base)] >= 0, "%{} is placed but no kernel computes it",
          index(renaming.base));
    const Home own = renamed_home(home, renaming.axes);
    if (!storage_.homes.count(renaming.base) && readers_.count(renaming.base) &&
        !lies_as_laid_out(renaming.base, own)) {
      storage_.homes[renaming.base] = temporary(renaming.base);
    }
    if (storage_.homes.count(renaming.base)) {
      storage_.copies[renaming.base].push_back(own);
    } else {
      storage_.homes[renaming.base] = own;
    }
  }

  /// A concat that a kernel copies elsewhere has its own root all the same.
  void claim_root(Value value) {
    if (auto found = storage_.homes.find(value); found != storage_.homes.end())
      storage_.copies[value].push_back(found->second);
    storage_.homes[value] = temporary(value);
  }

  void concat(Value value) {
    if (!storage_.homes.count(value) || kernel_of_[index(value)] >= 0) claim_root(value);
    const int axis = as<Concat>(graph_[value])->axis;
    int64_t offset = 0;
    for (Value part : graph_[value].operands) {
      place(part, part_home(storage_.homes[value], axis, offset));
      offset += graph_.shape(part)[axis];
    }
  }

  void result(const Output& output) {
    const Node& node = graph_[output.value];
    const Layout layout = row_major(node.type.shape);
    const int root =
        add_root({Root::Kind::output, output.name, node.type, layout, root_bytes(node.type, layout)});
    place(output.value, whole_home(root, node.type.shape, layout));
  }

  void update(const Output& output) {
    const Home param = storage_.homes.at(*output.updates);
    const Renaming update = renamed_base(graph_, output.value);
    const int writer = kernel_of_[index(update.base)];
    if (writer >= 0 && can_overwrite(*output.updates, update, writer)) {
      storage_.writer_of_param[param.root] = writer;
      for (int reader : readers_of(*output.updates)) {
        if (reader != writer) put_before(writer, reader);
      }
      place(output.value, param);
      return;
    }
    Root copy = storage_.roots[param.root];
    copy.kind = Root::Kind::temporary;
    copy.name.clear();
    Home home = param;
    home.root = add_root(std::move(copy));
    place(output.value, home);
    storage_.late_copies.push_back({home.root, param.root});
  }

  std::vector<int> readers_of(Value value) const {
    const auto found = readers_.find(value);
    return found == readers_.end() ? std::vector<int>{} : found->second;
  }

  /// Every reader of the param comes before the kernel that overwrites it, or reads the element in the same
  /// place, for the update itself.
  bool can_overwrite(Value param, const Renaming& update, int writer) const {
    const std::vector<int> readers = readers_of(param);
    const std::set<int> later = all_after(writer);
    return std::none_of(readers.begin(), readers.end(), [&](int reader) {
      return reader == writer ? !reads_in_place(param, update, writer) : later.count(reader) > 0;
    });
  }

  void put_before(int kernel, int earlier) {
    if (storage_.before[kernel].insert(earlier).second) after_[earlier].push_back(kernel);
  }

  /// The kernels that must wait for this one.
  std::set<int> all_after(int kernel) const {
    std::vector<int> pending = after_[kernel];
    std::set<int> seen;
    while (!pending.empty()) {
      const int next = pending.back();
      pending.pop_back();
      if (seen.insert(next).second) pending.insert(pending.end(), after_[next].begin(), after_[next].end());
    }
    return seen;
  }

  bool reads_in_place(Value param, const Renaming& renamed, int writer) const {
    const FusedKernel& kernel = fused_.kernels[writer];
    const Value update = renamed.base;
    if (graph_.shape(param) != graph_.shape(update) ||
        !std::is_sorted(renamed.axes.begin(), renamed.axes.end()))
      return false;
    const bool row_values = is_row_value(kernel, update);
    for (Value node : kernel.nodes) {
      for (const Read& read : fused_.reads[index(node)]) {
        if (read.base != param) continue;
        if (row_values ? !reads_own_row(kernel, node, read)
                       : !(is_identity_read(node, read) && serves(node, update)))
          return false;
      }
    }
    return true;
  }

  bool is_identity_read(Value node, const Read& read) const {
    return as<Map>(graph_[node]) && read.map && !read.guarded && is_identity(*read.map);
  }

  /// One value a row, and no other axis: its write waits for the end of the row.
  bool is_row_value(const FusedKernel& kernel, Value value) const {
    return kernel.split == Split::rows && kernel.row_axis.count(value) && graph_.shape(value).size() == 1;
  }

  bool reads_own_row(const FusedKernel& kernel, Value node, const Read& read) const {
    const auto row = kernel.row_axis.find(node);
    if (row == kernel.row_axis.end() || !read.map || read.guarded) return false;
    const int iteration_axis = result_axes(graph_, node)[row->second];
    return std::any_of(read.map->results.begin(), read.map->results.end(),
                       [&](const Affine& result) { return result.plain_axis() == iteration_axis; });
  }

  /// `update` depends on `node`, or is it: what `node` reads is read before the update is written.
  bool serves(Value node, Value update) const {
    std::vector<Value> pending{update};
    std::set<Value> seen;
    while (!pending.empty()) {
      const Value value = pending.back();
      pending.pop_back();
      if (value == node) return true;
      if (value < node || !seen.insert(value).second) continue;
      const Node& reader = graph_[value];
      pending.insert(pending.end(), reader.operands.begin(), reader.operands.end());
    }
    return false;
  }

  const FusedGraph& fused_;
  const Graph& graph_;
  std::vector<int> kernel_of_;
  std::map<Value, std::vector<int>> readers_;  // of what is read from memory: the kernels that do
  std::vector<std::vector<int>> after_;        // of every kernel: those that wait for it
  Storage storage_;
};

}  // namespace

Home whole_home(int root, const Shape& shape, const Layout& layout) {
  Home home;
  home.root = root;
  home.strides = axis_strides(shape, layout);
  if (shape.empty()) return home;
  home.lane_axis = layout.lane_axis;
  home.width = layout.width;
  home.block_stride = shape[layout.lane_axis] > layout.width ? block_stride(shape, layout) : 0;
  home.padded = layout.width % 16 == 0;
  return home;
}

Storage assign_storage(const FusedGraph& fused) { return StorageAssignment(fused).run(); }

std::string print(const Storage& storage, const FusedGraph& fused) {
  static constexpr const char* kind_names[] = {"input", "param", "temporary", "output"};
  std::string text;
  for (size_t i = 0; i < storage.roots.size(); ++i) {
    const Root& root = storage.roots[i];
    text += fmt::format("root {} {}{}{} {} @{}/{} {} bytes\n", i, kind_names[static_cast<int>(root.kind)],
                        root.name.empty() ? "" : " ", root.name, to_string(root.type), root.layout.lane_axis,
                        root.layout.width, root.bytes);
  }
  for (const auto& [value, home] : storage.homes)
    text += fmt::format("%{} in {}\n", index(value), to_string(home));
  for (const auto& [value, homes] : storage.copies) {
    for (const Home& home : homes) text += fmt::format("%{} copied to {}\n", index(value), to_string(home));
  }
  for (const auto& [root, kernel] : storage.writer_of_param)
    text += fmt::format("kernel {} overwrites root {} in place\n", kernel, root);
  for (const LateCopy& copy : storage.late_copies)
    text += fmt::format("root {} is copied to root {} at the end\n", copy.from, copy.to);
  for (size_t k = 0; k < fused.kernels.size(); ++k) {
    if (storage.before[k].empty()) continue;
    text += fmt::format("kernel {} waits for {}\n", k, fmt::join(storage.before[k], ", "));
  }
  return text;
}

}  // namespace cgan_jit
