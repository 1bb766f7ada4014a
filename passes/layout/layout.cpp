#include "passes/layout/layout.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "ir/integer.h"
#include "passes/graph/access.h"
#include "passes/graph/build.h"
#include "passes/graph/shallow.h"
#include "passes/graph/views.h"
#include "passes/layout/axis_classes.h"
#include "passes/layout/panels.h"
#include "passes/layout/tiled.h"
#include "passes/products/contract.h"

namespace cgan_jit {
namespace {

/// Whether the lanes of a value would be those of operand `k`, where an axis walks along both.
bool lies_alike(const Graph& graph, Value value, size_t k) {
  switch (kind_of(graph[value])) {
    case OpKind::stored:
    case OpKind::immediate:
    case OpKind::anchor:
      return false;
    case OpKind::view:
      return read_map(graph, value, k).has_value();
    case OpKind::elementwise:
      return is_pointwise(graph[value]) || (as<Gather>(graph[value]) && k == 0);
    case OpKind::assembled:
    case OpKind::reduced:
      return true;
  }
  return false;
}

/// An axis of a value and one of its operand that walk along one another from end to end.
struct CommonAxis {
  int here, there;
};
std::vector<CommonAxis> common_axes(const Graph& graph, Value value, size_t k) {
  if (!lies_alike(graph, value, k)) return {};
  const Shape &shape = graph.shape(value), &source = graph.shape(graph[value].operands[k]);
  const std::vector<int> walked = result_axes(graph, value);
  const Coordinates read = read_coordinates(graph, value, k);
  std::vector<CommonAxis> common;
  for (int there = 0; there < rank_of(source); ++there) {
    for (int here = 0; here < rank_of(shape); ++here) {
      if (read[there] && read[there]->plain_axis() == walked[here] && source[there] == shape[here])
        common.push_back({here, there});
    }
  }
  return common;
}

/// Values that are outputs and that nothing else reads.
std::vector<bool> outputs_alone(const Graph& graph) {
  std::vector<bool> alone(graph.size(), false);
  for (const Output& output : graph.outputs()) alone[index(output.value)] = true;
  for (const Output& output : graph.outputs()) {
    if (output.updates) alone[index(output.value)] = false;
  }
  for (const Node& node : graph.nodes()) {
    for (Value operand : node.operands) alone[index(operand)] = false;
  }
  return alone;
}

class LayoutAssignment {
 public:
  explicit LayoutAssignment(const Graph& graph)
      : graph_(graph),
        classes_(graph),
        lanes_(graph.size()),
        wishes_(graph.size()),
        row_wishes_(graph.size()),
        outputs_alone_(outputs_alone(graph)) {
    for (uint32_t i = 0; i < graph.size(); ++i) take_own(Value{i});
    for (const Output& output : graph.outputs()) {
      output.updates ? wish(output.value, lanes_[index(*output.updates)])
                     : row_wish(output.value, rank_of(graph.shape(output.value)) - 1);
    }
    for (uint32_t i = graph.size(); i-- > 0;) take_wish(Value{i});
    for (uint32_t i = 0; i < graph.size(); ++i) inherit(Value{i});
  }

  Layout of(Value value) const {
    const Shape& shape = graph_.shape(value);
    const std::optional<int> axis = lanes_[index(value)];
    if (!axis) return row_major(shape);
    if (as<Param>(graph_[value])) return param_layout(shape);
    const Layout layout = panels(shape, *axis);
    const std::optional<int> inner = classes_.summed_axis(value, *axis);
    return inner ? with_inner_axis(layout, shape, *inner) : layout;
  }

  /// Nobody but an output wants it, which lies so.
  bool may_lie_row_by_row(Value value) const {
    return outputs_alone_[index(value)] && !classes_.batch_axis(value);
  }

 private:
  bool is_free(Value value) const {
    return !lanes_[index(value)] && rank_of(graph_.shape(value)) >= 2 && !is_leaf(graph_[value]);
  }

  void take_own(Value value) {
    const Node& node = graph_[value];
    if (as<Param>(node) && rank_of(node.type.shape) >= 2 && param_layout(node.type.shape).width > 1)
      lanes_[index(value)] = param_layout(node.type.shape).lane_axis;
    if (is_free(value)) lanes_[index(value)] = classes_.batch_axis(value);
  }

  /// Of several wishes the first axis wins.
  void wish(Value value, std::optional<int> axis) {
    std::optional<int>& wished = wishes_[index(value)];
    if (axis && is_free(value)) wished = std::min(wished.value_or(*axis), *axis);
  }

  /// All readers come later in the graph, and have said what they wish.
  void take_wish(Value value) {
    if (!is_free(value)) return;
    if (!wishes_[index(value)]) return take_row_wish(value);
    const int axis = *(lanes_[index(value)] = wishes_[index(value)]);
    const Node& node = graph_[value];
    for (size_t k = 0; k < node.operands.size(); ++k) {
      for (const CommonAxis& common : common_axes(graph_, value, k)) {
        if (common.here == axis) wish(node.operands[k], common.there);
      }
    }
  }

  /// An output is row-major. What is made for it has its last axis in lanes, too, wherever it stands there;
  /// of several such wishes the last axis wins.
  void row_wish(Value value, int axis) {
    const OpKind kind = kind_of(graph_[value]);
    const bool may_follow = kind == OpKind::view || kind == OpKind::elementwise || as<Reduce>(graph_[value]);
    if (!is_free(value) || !may_follow || graph_.shape(value)[axis] < least_lanes) return;
    std::optional<int>& wished = row_wishes_[index(value)];
    wished = std::max(wished.value_or(axis), axis);
  }

  void take_row_wish(Value value) {
    const Node& node = graph_[value];
    const std::optional<int> axis = row_wishes_[index(value)];
    if (!axis || sums_rows(node)) return;
    if (*axis + 1 < rank_of(node.type.shape)) lanes_[index(value)] = axis;
    for (size_t k = 0; k < node.operands.size(); ++k) {
      for (const CommonAxis& common : common_axes(graph_, value, k)) {
        if (common.here == *axis) row_wish(node.operands[k], common.there);
      }
    }
  }

  /// Sums over what lies row by row have those rows in lanes.
  bool sums_rows(const Node& node) const {
    const auto* sum = as<Reduce>(node);
    return sum && sum->axes.back() + 1 == rank_of(graph_.shape(node.operands[0]));
  }

  /// By what becomes row-major: params, and what is spread over it.
  bool is_read_crosswise(Value operand, const Shape& reader) const {
    const Value base = resolve(graph_, operand).base;
    return is_stored_leaf(graph_[base]) || element_count(graph_.shape(base)) < element_count(reader);
  }

  void inherit(Value value) {
    if (!is_free(value)) return;
    const Node& node = graph_[value];
    const Shape& shape = node.type.shape;
    if (as<Contract>(node) || as<Deposit>(node)) {
      const std::optional<int> own = as<Contract>(node) ? classes_.own_axis(value) : std::nullopt;
      lanes_[index(value)] = own ? own : param_layout(shape).lane_axis;
    }
    for (size_t k = 0; k < node.operands.size(); ++k) {
      if (row_wishes_[index(value)] && is_read_crosswise(node.operands[k], shape)) continue;
      for (const CommonAxis& common : common_axes(graph_, value, k)) {
        if (common.there == lanes_[index(node.operands[k])]) wish(value, common.here);
      }
    }
    if (!lanes_[index(value)]) lanes_[index(value)] = wishes_[index(value)];
  }

  const Graph& graph_;
  const AxisClasses classes_;
  std::vector<std::optional<int>> lanes_, wishes_, row_wishes_;
  const std::vector<bool> outputs_alone_;  // values that nothing reads
};

/// It is seen through a reshape that joins axes or cuts one.
bool is_regrouped(const Graph& graph, Value value) {
  for (; is_view(graph[value]); value = graph[value].operands[0]) {
    const Node& node = graph[value];
    if (as<Reshape>(node) && !unit_axes_map(graph.shape(node.operands[0]), node.type.shape)) return true;
  }
  return false;
}

/// What a contraction reads that cannot lie in panels where it is: a bound input that has lanes, what is
/// behind a reshape that joins axes or cuts the lanes, and what is padded.
std::optional<Value> must_be_packed(const Graph& graph, const AxisClasses& classes, Value operand) {
  const Read read = resolve(graph, operand);
  if (!read.map || read.guarded) return operand;
  if (is_regrouped(graph, operand)) {
    const std::optional<int> lanes = classes.batch_axis(read.base);
    if (!lanes || !read.map->results[*lanes].plain_axis()) return operand;
  }
  const bool has_lanes = rank_of(graph.shape(read.base)) >= 2 && classes.own_axis(read.base);
  return as<Input>(graph[read.base]) && has_lanes ? std::optional<Value>(read.base) : std::nullopt;
}

/// With a copy of all that must be packed, which everybody reads instead. `graph` has no dead nodes.
Graph with_packed_operands(const Graph& graph) {
  const AxisClasses classes(graph);
  std::vector<bool> packed(graph.size(), false);
  for (const Node& node : graph.nodes()) {
    for (Value operand : as<Contract>(node) ? node.operands : std::vector<Value>{}) {
      if (const auto value = must_be_packed(graph, classes, operand)) packed[index(*value)] = true;
    }
  }
  uint32_t number = 0;
  return rebuild(graph, [&](Graph& out, const Node& node, std::vector<Value> operands) {
    const Value value = out.add(node.op, std::move(operands), node.type);
    return packed[number++] ? copied(out, value, {}) : value;
  });
}

/// What lies already as a copy would is read itself, and copies alike are one.
Graph with_each_copy_once(const Graph& graph) {
  std::map<std::tuple<Value, int, int64_t, int>, Value> copies;
  return rebuild(graph, [&](Graph& out, const Node& node, std::vector<Value> operands) {
    const auto add = [&] { return out.add(node.op, operands, node.type, node.layout); };
    if (!is_copy(node)) return add();
    const Node& source = out[operands[1]];
    const Layout layout = layout_of(node);
    if ((is_stored_leaf(source) || is_copy(source)) && layout_of(source) == layout) return operands[1];
    const auto [copy, fresh] =
        copies.try_emplace({operands[1], layout.lane_axis, layout.width, layout.inner_axis});
    if (fresh) copy->second = add();
    return copy->second;
  });
}

}  // namespace

Graph assign_layouts(const Graph& given) {
  const Graph graph = with_packed_operands(without_dead_nodes(given));
  const LayoutAssignment layouts(graph);
  uint32_t number = 0;
  const Graph laid_out = rebuild(graph, [&](Graph& out, const Node& node, std::vector<Value> operands) {
    const Value old{number++}, value = out.add(node.op, std::move(operands), node.type, layouts.of(old));
    const auto row_by_row = layouts.may_lie_row_by_row(old) ? tiled_row_by_row(out, value) : std::nullopt;
    return row_by_row ? *row_by_row : tiled(out, value);
  });
  return without_dead_nodes(with_each_copy_once(laid_out));
}

}  // namespace cgan_jit
