#include "passes/fuse/fuse.h"

#include <algorithm>
#include <set>

#include "ir/verify.h"
#include "passes/fuse/placement.h"
#include "passes/fuse/prefix_maximum.h"
#include "passes/graph/build.h"

namespace cgan_jit {
namespace {

constexpr int64_t whole_limit = 1 << 16;  // elements that one thread may sum up alone
constexpr int64_t whole_results = 2048;   // elements that one thread may make alone
constexpr size_t most_nodes = 256;        // of a kernel: LLVM takes more than linear time

int64_t stored_bytes(const Type& type) { return element_count(type.shape) * bytes_of(type.dtype); }

class Fuser {
 public:
  Fuser(const Graph& graph, Fusion fusion)
      : graph_(graph),
        fusion_(fusion),
        reads_(effective_reads(graph)),
        live_(live_nodes(graph)),
        placed_(placed_values(graph)),
        kernel_of_(graph.size(), -1),
        readers_(graph.size()),
        waiting_(graph.size(), false),
        followed_(graph.size(), false),
        furthest_(graph.size()),
        seen_in_(graph.size(), 0) {
    for (uint32_t i = 0; i < graph.size(); ++i) {
      if (!computes(Value{i})) continue;
      for (const Read& read : reads(Value{i})) readers_[index(read.base)].push_back(Value{i});
    }
    updating_ = update_cone();
  }

  FusedGraph run() {
    for (uint32_t i = 0; i < graph_.size(); ++i) {
      if (computes(Value{i})) visit(Value{i});
    }
    for (uint32_t i = 0; i < graph_.size(); ++i) {
      if (computes(Value{i}) && kernel_of_[i] < 0) open_kernel(Value{i});
    }
    if (fusion_.elementwise) {
      sink();
      merge_siblings();
    }
    return finish();
  }

 private:
  /// Nodes that some kernel must compute: not leaves, views, concats or inline scalars, unless they are
  /// placed.
  bool computes(Value value) const {
    if (!live_[index(value)]) return false;
    const Node& node = graph_[value];
    if (is_leaf(node) || as<Concat>(node) || is_view(node) || is_inline_scalar(graph_, value))
      return placed_[index(value)];
    return true;
  }

  const std::vector<Read>& reads(Value value) const { return reads_[index(value)]; }

  /// Elementwise nodes that serve nothing but updates of params.
  std::vector<bool> update_cone() const {
    std::vector<bool> cone(graph_.size(), false);
    std::vector<bool> outside(graph_.size(), false);
    for (const Output& output : graph_.outputs()) {
      const Value base = renamed_base(graph_, output.value).base;
      (output.updates ? cone : outside)[index(base)] = true;
    }
    for (uint32_t i = graph_.size(); i-- > 0;) {
      const bool elementwise = as<Map>(graph_.nodes()[i]) != nullptr;
      const bool all_inside =
          !readers_[i].empty() && std::all_of(readers_[i].begin(), readers_[i].end(),
                                              [&](Value reader) { return cone[index(reader)]; });
      const bool none_outside = std::all_of(readers_[i].begin(), readers_[i].end(),
                                            [&](Value reader) { return cone[index(reader)]; });
      cone[i] = elementwise && !outside[i] && ((cone[i] && none_outside) || all_inside);
    }
    return cone;
  }

  void visit(Value value) {
    const Node& node = graph_[value];
    if (is_elementwise(node) || as<Reduce>(node)) {
      for (int kernel : candidates(value)) {
        if (may_join(value, kernels_[kernel]) && join(value, kernel)) return;
      }
      if (fusion_.elementwise && floats(value)) {
        waiting_[index(value)] = true;
        return;
      }
    }
    open_kernel(value);
  }

  bool may_join(Value value, const FusedKernel& kernel) const {
    if (!updating_[index(value)]) return kernel.anchor ? fusion_.tiles : fusion_.elementwise;
    return updating_[index(kernel.frame)] ? fusion_.elementwise || fusion_.updates : fusion_.optimiser;
  }

  bool waits(Value value) const { return waiting_[index(value)] && kernel_of_[index(value)] < 0; }

  /// Kernels of what `value` reads, latest first.
  std::vector<int> candidates(Value value) const {
    std::set<int, std::greater<>> kernels;
    for (const Read& read : reads(value)) {
      const int kernel = kernel_of_[index(read.base)];
      if (kernel >= 0) kernels.insert(kernel);
    }
    return {kernels.begin(), kernels.end()};
  }

  /// A value that depends on nothing computed so far waits for its first reader.
  bool floats(Value value) const {
    if (!is_elementwise(graph_[value]) || placed_[index(value)]) return false;
    const std::vector<Read>& all = reads(value);
    return std::all_of(all.begin(), all.end(), [&](const Read& read) {
      return is_leaf(graph_[read.base]) || (computes(read.base) && kernel_of_[index(read.base)] < 0);
    });
  }

  /// The axis of `value` along which the kernel is cut, if every read of a block node keeps its row.
  std::optional<int> row_axis_in(const FusedKernel& kernel, Value value) const {
    std::optional<int> iteration_axis;
    for (const Read& read : reads(value)) {
      const auto member = kernel.row_axis.find(read.base);
      if (member == kernel.row_axis.end()) continue;
      if (!read.map) return {};
      const std::optional<int> axis = read.map->results[member->second].plain_axis();
      if (!axis || (iteration_axis && *iteration_axis != *axis) || axis_along(read, *axis) != member->second)
        return {};
      iteration_axis = axis;
    }
    if (!iteration_axis) return {};
    const std::vector<int> axes = result_axes(graph_, value);
    const auto found = std::find(axes.begin(), axes.end(), *iteration_axis);
    if (found == axes.end()) return {};
    const int axis = static_cast<int>(found - axes.begin());
    const int64_t rows = graph_.shape(kernel.frame)[kernel.rows_axis()];
    return graph_.shape(value)[axis] == rows ? std::optional<int>(axis) : std::nullopt;
  }

  bool same_panels(const FusedKernel& kernel, Value value) const {
    const Node& node = graph_[value];
    const Node& frame = graph_[kernel.frame];
    if (!as<Map>(node) || node.type.shape != frame.type.shape || node.layout != frame.layout) return false;
    const std::vector<Read>& all = reads(value);
    return std::all_of(all.begin(), all.end(), [&](const Read& read) {
      return !in_kernel(kernel, read.base) || (read.map && is_identity(*read.map));
    });
  }

  bool in_kernel(const FusedKernel& kernel, Value value) const {
    return kernel_of_[index(value)] == &kernel - kernels_.data();
  }

  bool fits_whole(const FusedKernel& kernel, Value value) const {
    const std::vector<Read>& all = reads(value);
    return element_count(iteration_space(graph_, value)) <= whole_limit &&
           element_count(graph_.shape(value)) <= whole_results &&
           std::all_of(all.begin(), all.end(),
                       [&](const Read& read) { return read.map || !in_kernel(kernel, read.base); });
  }

  bool lanes_agree(const FusedKernel& kernel, Value value, int row_axis) const {
    const Layout layout = layout_of(graph_[value]);
    return graph_.shape(value).size() < 2 || layout.lane_axis != row_axis ||
           graph_.shape(kernel.frame).size() < 2;
  }

  bool join(Value value, int number) {
    FusedKernel& kernel = kernels_[number];
    if (kernel.nodes.size() >= most_nodes || !convex(value, number)) return false;
    switch (kernel.split) {
      case Split::whole:
        if (!fits_whole(kernel, value)) return false;
        break;
      case Split::lane_panels:
        if (!same_panels(kernel, value)) return false;
        break;
      case Split::rows:
        const std::optional<int> axis = row_axis_in(kernel, value);
        if (!axis || !lanes_agree(kernel, value, *axis)) return false;
        kernel.row_axis[value] = *axis;
        break;
    }
    add(value, number);
    return true;
  }

  /// Joining must not close a cycle: no other kernel that `value` reads may depend on kernel `number`.
  bool convex(Value value, int number) {
    ++search_;
    for (const Read& read : reads(value)) {
      if (kernel_of_[index(read.base)] == number || is_leaf(graph_[read.base])) continue;
      if (depends(read.base, number)) return false;
    }
    return true;
  }

  /// Neither `value` nor anything that it needs, whole kernels at a time, stands behind node `first`.
  bool ends_before(uint32_t first, Value value) const {
    uint32_t last = index(value);
    while (last < first) {
      const uint32_t further = furthest_.up_to(last);
      if (further <= last) return true;
      last = further;
    }
    return false;
  }

  /// What the search at hand has seen stays seen.
  bool depends(Value value, int number) {
    std::vector<Value> open{value};
    const auto follow = [&](Value node, int kernel) {
      seen_in_[index(node)] = search_;
      for (const Read& read : reads(node)) {
        if (kernel < 0 || kernel_of_[index(read.base)] != kernel) open.push_back(read.base);
      }
    };
    while (!open.empty()) {
      const Value at = open.back();
      open.pop_back();
      if (seen_in_[index(at)] == search_) continue;
      const int kernel = kernel_of_[index(at)];
      if (kernel == number) return true;
      if (ends_before(first_node_[number], at)) continue;
      follow(at, kernel);
      if (kernel < 0) continue;
      for (Value member : kernels_[kernel].nodes) follow(member, kernel);
    }
    return false;
  }

  /// A read of a value in a kernel (-1: by none, a concat), whose base may still wait.
  struct Pull {
    const Read* read;
    Value reader;
    int kernel;
  };
  using Pulls = std::vector<Pull>;  // the next one last

  void add(Value value, int number) {
    Pulls open;
    enter(value, number, open);
    while (!open.empty()) {
      const Pull next = open.back();
      open.pop_back();
      pull(next, open);
    }
  }

  void enter(Value value, int number, Pulls& open) {
    kernel_of_[index(value)] = number;
    kernels_[number].nodes.push_back(value);
    first_node_[number] = std::min(first_node_[number], index(value));
    last_node_[number] = std::max(last_node_[number], index(value));
    furthest_.put(first_node_[number], last_node_[number]);
    follow(value, number, open);
  }

  void follow(Value value, int number, Pulls& open) const {
    const std::vector<Read>& all = reads(value);
    for (auto read = all.rbegin(); read != all.rend(); ++read) open.push_back({&*read, value, number});
  }

  /// A floating value joins its first reader's kernel, or becomes a kernel.
  void pull(const Pull& from, Pulls& open) {
    const Value base = from.read->base;
    if (!computes(base) || kernel_of_[index(base)] >= 0) {
      if (as<Concat>(graph_[base]) && !followed_[index(base)]) {
        followed_[index(base)] = true;
        follow(base, -1, open);
      }
      return;
    }
    if (from.kernel >= 0 && can_pull(*from.read, from.reader, kernels_[from.kernel])) {
      FusedKernel& kernel = kernels_[from.kernel];
      if (kernel.split == Split::rows) kernel.row_axis[base] = *row_behind(*from.read, from.reader, kernel);
      return enter(base, from.kernel, open);
    }
    const int number = new_kernel(base);
    enter(base, number, open);
  }

  std::optional<int> row_behind(const Read& read, Value reader, const FusedKernel& kernel) const {
    const auto member = kernel.row_axis.find(reader);
    if (member == kernel.row_axis.end()) return {};
    const int iteration_axis = result_axes(graph_, reader)[member->second];
    if (iteration_axis < 0) return {};
    const std::optional<int> axis = axis_along(read, iteration_axis);
    if (!axis || graph_.shape(read.base)[*axis] != graph_.shape(kernel.frame)[kernel.rows_axis()]) return {};
    return axis;
  }

  bool can_pull(const Read& read, Value reader, const FusedKernel& kernel) const {
    const Node& node = graph_[reader];
    if (kernel.nodes.size() >= most_nodes) return false;
    if (!read.map || as<Contract>(node) || as<Scatter>(node)) return false;
    if (!may_join(read.base, kernel)) return false;
    if (as<Gather>(node) || as<Deposit>(node)) return false;
    // Another value that still waits might end up in a kernel before this one.
    const std::vector<Value>& others = readers_[index(read.base)];
    if (std::any_of(others.begin(), others.end(), [&](Value other) { return waits(other); })) return false;
    if (kernel.split == Split::whole) return fits_whole(kernel, read.base);
    // The kernel's nodes, this reader too, may also read it at other places.
    const auto all_reads = [&](const auto& agrees) {
      return std::all_of(others.begin(), others.end(), [&](Value other) {
        return !in_kernel(kernel, other) ||
               std::all_of(reads(other).begin(), reads(other).end(),
                           [&](const Read& from) { return from.base != read.base || agrees(from, other); });
      });
    };
    if (kernel.split == Split::lane_panels) {
      return graph_.shape(read.base) == graph_.shape(kernel.frame) &&
             graph_[read.base].layout == graph_[kernel.frame].layout &&
             all_reads([](const Read& from, Value) { return from.map && is_identity(*from.map); });
    }
    const std::optional<int> axis = row_behind(read, reader, kernel);
    return axis && lanes_agree(kernel, read.base, *axis) &&
           all_reads([&](const Read& from, Value by) { return row_behind(from, by, kernel) == axis; });
  }

  void open_kernel(Value value) {
    const int number = new_kernel(value);
    add(value, number);
  }

  /// A kernel in the shape of `value`, without nodes.
  int new_kernel(Value value) {
    const int number = static_cast<int>(kernels_.size());
    FusedKernel kernel;
    kernel.frame = value;
    const Node& node = graph_[value];
    if (as<Contract>(node) || as<Scatter>(node) || as<Deposit>(node)) kernel.anchor = value;
    if (as<Contract>(node)) kernel.roles = contract_roles(graph_, value);
    if (const std::optional<int> axis = first_row_axis(value, kernel.roles)) {
      kernel.split = Split::rows;
      kernel.row_axis[value] = *axis;
    } else if ((kernel.roles && kernel.roles->transposed) || is_table_in_panels(value)) {
      kernel.split = Split::lane_panels;
    }
    kernels_.push_back(std::move(kernel));
    first_node_.push_back(index(value));
    last_node_.push_back(index(value));
    return number;
  }

  /// A sum of rows into a table whose columns lie in lanes: a unit holds a panel of all its rows.
  bool is_table_in_panels(Value value) const {
    const Node& node = graph_[value];
    const Layout layout = layout_of(node);
    return as<Deposit>(node) && rank_of(node.type.shape) == 2 && layout.lane_axis == 1 &&
           layout.width % 16 == 0 && node.type.shape[0] < most_extent / layout.width;
  }

  /// The axis along which a kernel of `value` alone is cut into rows.
  std::optional<int> first_row_axis(Value value, const std::optional<ContractRoles>& roles) const {
    const Node& node = graph_[value];
    if (as<Scatter>(node) || (roles && roles->transposed) || is_table_in_panels(value)) return {};
    if (roles) return roles->row_axis;
    const Shape& shape = node.type.shape;
    const int lane_axis = layout_of(node).lane_axis;
    std::optional<int> longest;
    for (int axis = 0; axis < rank_of(shape); ++axis) {
      if (axis == lane_axis || (as<Deposit>(node) && axis == 0)) continue;
      if (!longest || shape[axis] > shape[*longest]) longest = axis;
    }
    return longest && shape[*longest] > 1 ? longest : std::nullopt;
  }

  bool needed_outside(Value value, int kernel) const {
    if (placed_[index(value)]) return true;
    return std::any_of(readers_[index(value)].begin(), readers_[index(value)].end(), [&](Value reader) {
      return kernel_of_[index(reader)] != kernel || as<Contract>(graph_[reader]);
    });
  }

  /// A node whose readers are all in one other kernel moves there, unless that would put more bytes into
  /// memory than it saves.
  void sink() {
    for (uint32_t i = graph_.size(); i-- > 0;) {
      const Value value{i};
      if (kernel_of_[i] < 0 || !as<Map>(graph_[value]) || placed_[i] || !is_cheap(value)) continue;
      const std::optional<int> target = only_reading_kernel(value);
      if (!target || !may_join(value, kernels_[*target]) || !saves_memory(value) || !enters(value, *target))
        continue;
      move(value, *target);
    }
  }

  bool is_cheap(Value value) const {
    return expansion_of(as<Map>(graph_[value])->fn) == nullptr ||
           as<Map>(graph_[value])->fn == Fn::leaky_relu;
  }

  std::optional<int> only_reading_kernel(Value value) const {
    std::set<int> kernels;
    for (Value reader : readers_[index(value)]) {
      if (kernel_of_[index(reader)] < 0) return {};
      const Node& node = graph_[reader];
      if (as<Contract>(node) || as<Scatter>(node) || as<Gather>(node) || as<Deposit>(node)) return {};
      kernels.insert(kernel_of_[index(reader)]);
    }
    if (kernels.size() != 1 || *kernels.begin() == kernel_of_[index(value)]) return {};
    return *kernels.begin();
  }

  bool saves_memory(Value value) const {
    const int kernel = kernel_of_[index(value)];
    int64_t added = 0;
    for (const Read& read : reads(value)) {
      if (kernel_of_[index(read.base)] != kernel || needed_outside(read.base, kernel)) continue;
      added += stored_bytes(graph_.type(read.base));
    }
    return added <= stored_bytes(graph_.type(value));
  }

  /// Whether `value` can be a block node of kernel `target`, or be computed inside its only reader there.
  bool enters(Value value, int target) {
    FusedKernel& kernel = kernels_[target];
    const std::vector<Value>& readers = readers_[index(value)];
    if (kernel.nodes.size() >= most_nodes) return false;
    if (kernel.split == Split::whole) return fits_whole(kernel, value);
    std::optional<int> row;
    bool block = true;
    for (Value reader : readers) {
      for (const Read& read : reads(reader)) {
        if (read.base != value) continue;
        if (kernel.split == Split::lane_panels) {
          if (!read.map || !is_identity(*read.map) || graph_[value].layout != graph_[kernel.frame].layout)
            return false;
          continue;
        }
        const std::optional<int> axis = row_behind(read, reader, kernel);
        if (!axis || (row && row != axis) || !lanes_agree(kernel, value, *axis)) block = false;
        row = axis;
      }
    }
    if (kernel.split == Split::lane_panels) return graph_.shape(value) == graph_.shape(kernel.frame);
    if (block && row) {
      kernel.row_axis[value] = *row;
      return true;
    }
    return readers.size() == 1 && as<Reduce>(graph_[readers[0]]) != nullptr;
  }

  void move(Value value, int target) {
    FusedKernel& from = kernels_[kernel_of_[index(value)]];
    std::erase(from.nodes, value);
    from.row_axis.erase(value);
    if (from.frame == value && !from.nodes.empty()) reframe(from);
    kernels_[target].nodes.push_back(value);
    kernel_of_[index(value)] = target;
  }

  void reframe(FusedKernel& kernel) const {
    for (Value node : kernel.nodes) {
      if (kernel.split != Split::rows || kernel.row_axis.count(node)) {
        kernel.frame = node;
        return;
      }
    }
  }

  /// Kernels without an anchor over the same rows that read something in common become one.
  void merge_siblings() {
    const int count = static_cast<int>(kernels_.size());
    std::vector<std::set<Value>> bases(kernels_.size());
    std::map<Value, std::set<int>> sharers;
    for (int k = 0; k < count; ++k) {
      bases[k] = shared_bases(kernels_[k]);
      for (Value base : bases[k]) sharers[base].insert(k);
    }
    std::vector<std::set<int>> needs = kernel_needs();
    for (int a = 0; a < count; ++a) {
      for (int b = next_sharer(bases[a], sharers, a); b < count; b = next_sharer(bases[a], sharers, b)) {
        if (!are_siblings(kernels_[a], kernels_[b]) || reaches(needs, a, b) || reaches(needs, b, a)) continue;
        merge(a, b);
        bases[a].insert(bases[b].begin(), bases[b].end());
        needs[a].insert(needs[b].begin(), needs[b].end());
        needs[b] = {a};
      }
    }
  }

  /// What a kernel that may have siblings reads, scalars aside.
  std::set<Value> shared_bases(const FusedKernel& kernel) const {
    std::set<Value> all;
    if (kernel.anchor || kernel.split != Split::rows) return all;
    for (Value node : kernel.nodes) {
      for (const Read& read : reads(node)) {
        if (element_count(graph_.shape(read.base)) > 1) all.insert(read.base);
      }
    }
    return all;
  }

  /// The first kernel after `last` that reads one of `bases`; the number of kernels if there is none.
  int next_sharer(const std::set<Value>& bases, const std::map<Value, std::set<int>>& sharers,
                  int last) const {
    int next = static_cast<int>(kernels_.size());
    for (Value base : bases) {
      const std::set<int>& all = sharers.at(base);
      if (const auto found = all.upper_bound(last); found != all.end()) next = std::min(next, *found);
    }
    return next;
  }

  bool are_siblings(const FusedKernel& a, const FusedKernel& b) const {
    if (a.nodes.empty() || b.nodes.empty() || a.nodes.size() + b.nodes.size() > most_nodes) return false;
    return graph_.shape(a.frame)[a.rows_axis()] == graph_.shape(b.frame)[b.rows_axis()];
  }

  /// Of every kernel, those whose results it reads. A concat counts as a kernel, behind the others.
  std::vector<std::set<int>> kernel_needs() const {
    std::vector<std::set<int>> needs(kernels_.size());
    std::map<Value, int> concats;
    for (uint32_t i = 0; i < graph_.size(); ++i) {
      const bool is_concat = kernel_of_[i] < 0 && as<Concat>(graph_.nodes()[i]);
      if (kernel_of_[i] < 0 && !is_concat) continue;
      if (is_concat) concats.emplace(Value{i}, static_cast<int>(needs.size())), needs.emplace_back();
      std::set<int>& own = is_concat ? needs.back() : needs[kernel_of_[i]];
      for (const Read& read : reads(Value{i})) {
        const int other = kernel_of_[index(read.base)];
        if (other >= 0 && other != kernel_of_[i]) own.insert(other);
        if (const auto parts = concats.find(read.base); parts != concats.end()) own.insert(parts->second);
      }
    }
    return needs;
  }

  /// A path leads from what `from` needs, other kernels between, to `to`.
  static bool reaches(const std::vector<std::set<int>>& needs, int from, int to) {
    std::vector<bool> seen(needs.size(), false);
    std::vector<int> open{from};
    while (!open.empty()) {
      const int kernel = open.back();
      open.pop_back();
      for (int other : needs[kernel]) {
        if (other == to) return true;
        if (seen[other] || other == from) continue;
        seen[other] = true;
        open.push_back(other);
      }
    }
    return false;
  }

  void merge(int into, int from) {
    for (Value node : kernels_[from].nodes) {
      kernel_of_[index(node)] = into;
      kernels_[into].nodes.push_back(node);
    }
    kernels_[into].row_axis.insert(kernels_[from].row_axis.begin(), kernels_[from].row_axis.end());
    kernels_[from].nodes.clear();
  }

  std::vector<Value> loads_of(const FusedKernel& kernel) const {
    std::set<Value> loads;
    for (Value node : kernel.nodes) {
      if (is_stored_leaf(graph_[node])) loads.insert(node);  // it copies it
      for (const Read& read : reads(node)) {
        const Node& base = graph_[read.base];
        if (!as<Const>(base) && !as<Iota>(base) && !in_kernel(kernel, read.base)) loads.insert(read.base);
      }
    }
    return {loads.begin(), loads.end()};
  }

  FusedGraph finish() {
    FusedGraph fused{graph_, {}, {}, {}};
    for (FusedKernel& kernel : kernels_) {
      if (kernel.nodes.empty()) continue;
      std::sort(kernel.nodes.begin(), kernel.nodes.end());
      const int number = kernel_of_[index(kernel.nodes[0])];
      for (Value node : kernel.nodes) {
        if (needed_outside(node, number)) kernel.results.push_back(node);
      }
      kernel.loads = loads_of(kernel);
      fused.kernels.push_back(std::move(kernel));
    }
    for (size_t i = 0; i < graph_.outputs().size(); ++i)
      fused.outputs_of[renamed_base(graph_, graph_.outputs()[i].value).base].push_back(i);
    fused.reads = std::move(reads_);
    return fused;
  }

  const Graph& graph_;
  const Fusion fusion_;
  std::vector<std::vector<Read>> reads_;
  const std::vector<bool> live_, placed_;
  std::vector<int> kernel_of_;
  std::vector<std::vector<Value>> readers_;
  std::vector<bool> waiting_;   // for a first reader
  std::vector<bool> followed_;  // concats whose parts no longer wait
  std::vector<bool> updating_;  // serves nothing but updates of params
  std::vector<FusedKernel> kernels_;
  std::vector<uint32_t> first_node_, last_node_;  // of each kernel
  PrefixMaximum furthest_;                        // the last node of each kernel, at its first
  std::vector<int> seen_in_;                      // of each node, the search for a path that saw it
  int search_ = 0;
};

}  // namespace

FusedGraph fuse(const Graph& graph, Fusion fusion) { return Fuser(graph, fusion).run(); }

std::string print(const FusedGraph& fused) {
  static constexpr const char* split_names[] = {"whole", "rows", "lane_panels"};
  std::string text;
  for (size_t i = 0; i < fused.kernels.size(); ++i) {
    const FusedKernel& kernel = fused.kernels[i];
    text += fmt::format("kernel {} {}", i, split_names[static_cast<int>(kernel.split)]);
    if (kernel.split == Split::rows) text += fmt::format(" of axis {}", kernel.rows_axis());
    if (kernel.anchor) text += fmt::format(" anchor %{}", index(*kernel.anchor));
    text += " computes";
    for (Value node : kernel.nodes) text += fmt::format(" %{}", index(node));
    text += " keeps";
    for (Value node : kernel.results) text += fmt::format(" %{}", index(node));
    text += "\n";
  }
  return text;
}

}  // namespace cgan_jit
