#include "passes/lower/nests.h"

#include <algorithm>
#include <map>

#include "ir/integer.h"

namespace cgan_jit {
namespace {

constexpr int most_nested = 64;  // steps from a value down to what is there: the depth of our own recursion

class Nesting {
 public:
  Nesting(const FusedGraph& fused, const FusedKernel& kernel)
      : fused_(fused),
        graph_(fused.graph),
        kernel_(kernel),
        members_(kernel.nodes.begin(), kernel.nodes.end()),
        results_(kernel.results.begin(), kernel.results.end()) {}

  Nests run() {
    count_readers();
    choose_block_nodes();
    std::map<Value, Nest> nests;
    for (Value node : kernel_.nodes) {
      if (block_nodes_.count(node)) nests[node] = nest_behind_its_reads(node, nests);
    }
    return {merged(nests), std::move(read_later_)};
  }

 private:
  bool is_anchor(Value value) const { return kernel_.anchor == value; }

  void count_readers() {
    for (Value node : kernel_.nodes) {
      for (const Read& read : fused_.reads[index(node)]) {
        if (!members_.count(read.base)) continue;
        ++reader_counts_[read.base];
        if (element_count(iteration_space(graph_, node)) > element_count(graph_.shape(read.base)))
          spread_.insert(read.base);
      }
    }
  }

  void choose_block_nodes() {
    for (Value node : kernel_.nodes) {
      if (!is_block_node(node) && !(may_be_block_node(node) && steps_to(node) > most_nested)) continue;
      block_nodes_.insert(node);
      steps_[node] = 0;
    }
  }

  bool may_be_block_node(Value value) const {
    if (is_anchor(value)) return !anchor_fills_block(graph_, kernel_);
    switch (kernel_.split) {
      case Split::whole:
        return true;
      case Split::rows:
        return kernel_.row_axis.count(value) > 0;
      case Split::lane_panels:
        return graph_.shape(value) == graph_.shape(kernel_.frame);
    }
    return false;
  }

  bool is_block_node(Value value) const {
    if (results_.count(value)) return true;
    if (is_anchor(value)) return !anchor_fills_block(graph_, kernel_);
    if (is_reduced(graph_[value]) || as<Contract>(graph_[value])) return true;
    if (!may_be_block_node(value)) return false;
    if (spread_.count(value) && loops_over(value).has_lanes()) return true;
    const auto count = reader_counts_.find(value);
    return count != reader_counts_.end() && count->second > 1 && !is_made_of_anchor(value);
  }

  /// In one cheap step of the anchor's block and of constants: whoever reads it reads the block as cheaply.
  bool is_made_of_anchor(Value value) const {
    const auto* map = as<Map>(graph_[value]);
    if (!map || expansion_of(map->fn) || map->fn == Fn::div || map->fn == Fn::sqrt) return false;
    int others = 0;
    for (Value operand : graph_[value].operands)
      others += !is_anchor(operand) && !is_immediate(graph_[operand]);
    return others == 0 && kernel_.roles;
  }

  /// How deep the computation of `value` goes, down to what is in memory, in scratch, or computed before.
  int steps_to(Value value) {
    if (const auto known = steps_.find(value); known != steps_.end()) return known->second;
    int deepest = 0;
    const bool is_found = is_leaf(graph_[value]) || is_assembled(graph_[value]);
    for (Value operand : is_found ? std::vector<Value>{} : graph_[value].operands) {
      const bool is_inside = is_view(graph_[operand]) || is_inline_scalar(graph_, operand) ||
                             (members_.count(operand) && !is_anchor(operand));
      if (is_inside) deepest = std::max(deepest, steps_to(operand));
    }
    return steps_[value] = deepest + 1;
  }

  /// The block nodes that `value` reads, through nodes that are computed inside it, and whether each is read
  /// element for element.
  void block_reads(Value value, bool pointwise, std::map<Value, bool>& reads) const {
    for (const Read& read : fused_.reads[index(value)]) {
      const bool same = pointwise && is_pointwise(graph_[value]) && read.map && !read.guarded &&
                        is_identity(*read.map) && graph_.shape(read.base) == graph_.shape(value);
      if (block_nodes_.count(read.base)) {
        const auto [found, fresh] = reads.emplace(read.base, same);
        if (!fresh) found->second = found->second && same;
      } else if (members_.count(read.base) && !is_anchor(read.base)) {
        block_reads(read.base, same, reads);
      }
    }
  }

  /// The loops over the node's elements.
  Nest loops_over(Value value) const {
    const Node& node = graph_[value];
    Nest nest;
    nest.shape = node.type.shape;
    if (auto row = kernel_.row_axis.find(value); row != kernel_.row_axis.end()) nest.row_axis = row->second;
    if (rank_of(nest.shape) != (nest.row_axis >= 0 ? 1 : 0)) choose_lanes(nest, node);
    const int inner = layout_of(node).inner_axis;
    for (int axis = 0; axis < rank_of(nest.shape); ++axis) {
      if (axis != nest.row_axis && axis != nest.lane_axis && axis != inner) nest.axes.push_back(axis);
    }
    if (inner >= 0 && inner != nest.row_axis && inner != nest.lane_axis) nest.axes.push_back(inner);
    return nest;
  }

  static void choose_lanes(Nest& nest, const Node& node) {
    const int last = rank_of(nest.shape) - 1;
    const Layout layout = layout_of(node);
    nest.lane_axis = layout.lane_axis;
    nest.width = layout.width;
    if (nest.lane_axis == nest.row_axis) {
      nest.lane_axis = nest.row_axis == last ? last - 1 : last;
      nest.width = nest.shape[nest.lane_axis];
    }
    if (as<Deposit>(node)) nest.width = nest.shape[nest.lane_axis];
  }

  /// In the nest of what it reads only if it reads that element for element.
  Nest nest_behind_its_reads(Value node, const std::map<Value, Nest>& nests) {
    Nest nest = loops_over(node);
    std::map<Value, bool> reads;
    block_reads(node, true, reads);
    for (const auto& [base, pointwise] : reads) {
      const Nest& before = nests.at(base);
      Nest same = nest;
      same.level = before.level;
      nest.level = std::max(nest.level, before.level + (pointwise && same.same_loops(before) ? 0 : 1));
    }
    nest.nodes = {node};
    for (const auto& [base, pointwise] : reads) {
      if (!nests.at(base).same_loops(nest)) read_later_.insert(base);
    }
    return nest;
  }

  static std::vector<Nest> merged(const std::map<Value, Nest>& nests) {
    std::vector<Nest> result;
    for (const auto& [node, nest] : nests) {
      const auto found = std::find_if(result.begin(), result.end(),
                                      [&](const Nest& other) { return other.same_loops(nest); });
      if (found == result.end()) {
        result.push_back(nest);
      } else {
        found->nodes.push_back(node);
      }
    }
    std::stable_sort(result.begin(), result.end(),
                     [](const Nest& a, const Nest& b) { return a.level < b.level; });
    return result;
  }

  const FusedGraph& fused_;
  const Graph& graph_;
  const FusedKernel& kernel_;
  const std::set<Value> members_, results_;
  std::set<Value> spread_;  // an element is read at several points of a reader
  std::set<Value> block_nodes_, read_later_;
  std::map<Value, int> steps_, reader_counts_;
};

}  // namespace

int64_t panel_count(const Nest& nest) { return ceil_div(nest.shape[nest.lane_axis], nest.width); }

bool anchor_fills_block(const Graph& graph, const FusedKernel& kernel) {
  return kernel.anchor && (kernel.roles || !as<Contract>(graph[*kernel.anchor]));
}

Nests nests_of(const FusedGraph& fused, const FusedKernel& kernel) { return Nesting(fused, kernel).run(); }

}  // namespace cgan_jit
