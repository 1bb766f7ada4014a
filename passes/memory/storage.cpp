#include "passes/memory/storage.h"

#include <algorithm>

#include "ir/integer.h"
#include "passes/fuse/placement.h"
#include "passes/memory/in_place.h"
#include "passes/memory/kernel_order.h"

namespace cgan_jit {
namespace {

int64_t root_bytes(const Type& type, const Layout& layout) {
  return round_up(stored_elements(type.shape, layout) * bytes_of(type.dtype), 64);
}

/// Readers rely on a value's layout: a place where it lies otherwise can only be a copy.
bool lies_as_laid_out(const Node& node, const Home& home) {
  if (node.type.shape.empty()) return true;
  const Home own = whole_home(node.type.shape, layout_of(node));
  return home.lane_axis == own.lane_axis && home.width == own.width && home.lane_shift == 0 &&
         home.is_cut() == own.is_cut() && home.strides[home.lane_axis] == 1;
}

class StorageAssignment {
 public:
  explicit StorageAssignment(const FusedGraph& fused)
      : fused_(fused),
        graph_(fused.graph),
        renamings_(graph_),
        accesses_(accesses_of(fused)),
        data_order_(data_order(fused, accesses_)),
        order_(data_order_) {}

  Storage run() {
    const std::vector<bool> live = live_nodes(graph_);
    for (uint32_t i = 0; i < graph_.size(); ++i) {
      if (live[i]) place_leaf(Value{i});
    }
    for (const Output& output : graph_.outputs()) {
      if (output.updates) place_update(output);
    }
    for (const Output& output : graph_.outputs()) {
      if (!output.updates && is_concat(output)) place_output(output);
    }
    for (uint32_t i = graph_.size(); i-- > 0;) {
      if (live[i] && is_assembled(graph_.nodes()[i])) place_parts(Value{i});
    }
    for (const Output& output : graph_.outputs()) {
      if (!output.updates && !is_concat(output)) place_output(output);
    }
    for (const FusedKernel& kernel : fused_.kernels) {
      for (Value node : kernel.results) {
        if (!storage_.homes.count(node)) storage_.homes[node] = temporary(node);
      }
    }
    storage_.needs_data_of = std::move(data_order_);
    storage_.before = order_.before();
    return std::move(storage_);
  }

 private:
  bool is_concat(const Output& output) const {
    return is_assembled(graph_[renamings_.of(output.value).base]);
  }

  int writer_of(Value value) const { return accesses_.writer[index(value)]; }
  const std::vector<int>& readers_of(Value value) const { return accesses_.readers[index(value)]; }

  /// The home of a value of this type and layout that fills a new root.
  Stored new_root(Root::Kind kind, const std::string& name, const Type& type, const Layout& layout) {
    storage_.roots.push_back({kind, name, type, layout, root_bytes(type, layout)});
    return {static_cast<int>(storage_.roots.size()) - 1, whole_home(type.shape, layout)};
  }

  Stored temporary(Value value) {
    return new_root(Root::Kind::temporary, "", graph_.type(value), layout_of(graph_[value]));
  }

  void place_leaf(Value value) {
    const Node& node = graph_[value];
    if (const auto* input = as<Input>(node)) {
      storage_.homes[value] = new_root(Root::Kind::input, input->name, node.type, layout_of(node));
      storage_.roots.back().bytes = element_count(node.type.shape) * bytes_of(node.type.dtype);
    }
    if (const auto* param = as<Param>(node))
      storage_.homes[value] = new_root(Root::Kind::param, param->name, node.type, layout_of(node));
  }

  /// `value`, a part or an output, is to be found there.
  void place(Value value, const Stored& where) {
    const Renaming renaming = renamings_.of(value);
    const Value base = renaming.base;
    const Stored own{where.root, renamed_home(where.home, renaming.axes)};
    if (writer_of(base) < 0) {
      check(is_assembled(graph_[base]), "%{} is placed but no kernel computes it", index(base));
      check(!storage_.homes.count(base), "a concat is placed twice");
      storage_.homes[base] = own;
      return;
    }
    if (!storage_.homes.count(base) && !readers_of(base).empty() && !lies_as_laid_out(graph_[base], own.home))
      storage_.homes[base] = temporary(base);
    if (storage_.homes.count(base)) {
      storage_.copies[base].push_back(own);
    } else {
      storage_.homes[base] = own;
    }
  }

  /// A concat that a kernel copies elsewhere has its own root all the same.
  void claim_root(Value value) {
    if (auto found = storage_.homes.find(value); found != storage_.homes.end())
      storage_.copies[value].push_back(found->second);
    storage_.homes[value] = temporary(value);
  }

  void place_parts(Value concat) {
    if (!storage_.homes.count(concat) || writer_of(concat) >= 0) claim_root(concat);
    const int axis = as<Concat>(graph_[concat])->axis;
    const Stored whole = storage_.homes[concat];
    int64_t offset = 0;
    for (Value part : graph_[concat].operands) {
      place(part, {whole.root, part_home(whole.home, axis, offset)});
      offset += graph_.shape(part)[axis];
    }
  }

  void place_output(const Output& output) {
    const Type& type = graph_.type(output.value);
    place(output.value, new_root(Root::Kind::output, output.name, type, row_major(type.shape)));
  }

  void place_update(const Output& output) {
    const Stored param = storage_.homes.at(*output.updates);
    const Renaming update = renamings_.of(output.value);
    const int writer = writer_of(update.base);
    if (writer < 0 || !can_overwrite(*output.updates, update, writer)) return place_late(output, param);
    storage_.writer_of_param[param.root] = writer;
    for (int reader : readers_of(*output.updates)) {
      if (reader != writer) order_.put_before(writer, reader);
    }
    place(output.value, param);
  }

  /// In a root of its own, which is copied at the end.
  void place_late(const Output& output, const Stored& param) {
    const Root root = storage_.roots[param.root];
    const Stored apart = new_root(Root::Kind::temporary, "", root.type, root.layout);
    place(output.value, apart);
    storage_.late_copies.push_back({apart.root, param.root});
  }

  /// Every reader of the param comes before the kernel that overwrites it, or is that kernel, which has read
  /// each element before.
  bool can_overwrite(Value param, const Renaming& update, int writer) {
    const std::vector<int>& readers = readers_of(param);
    return std::none_of(readers.begin(), readers.end(), [&](int reader) {
      return reader == writer ? !overwrites_what_it_has_read(fused_, fused_.kernels[writer], param, update)
                              : order_.waits(reader, writer);
    });
  }

  const FusedGraph& fused_;
  const Graph& graph_;
  const Renamings renamings_;
  const Accesses accesses_;
  std::vector<std::set<int>> data_order_;
  KernelOrder order_;
  Storage storage_;
};

}  // namespace

Storage assign_storage(const FusedGraph& fused) { return StorageAssignment(fused).run(); }

}  // namespace cgan_jit
