#include "passes/layout.h"

#include <algorithm>
#include <deque>

#include "ir/integer.h"
#include "passes/access.h"
#include "passes/views.h"

namespace cgan_jit {
namespace {

constexpr int64_t panel_width = 64;

int64_t in_lanes(int64_t extent) { return round_up(std::max<int64_t>(extent, 1), 16); }
Layout panels(const Shape& shape, int axis) { return {axis, std::min(panel_width, in_lanes(shape[axis]))}; }
/// One block: a table's rows are found at run time, so they are not cut.
Layout table(const Shape& shape) { return {0, in_lanes(shape[0])}; }

/// The axis of `reader` that walks exactly along `axis` of the value that `map` leads to.
std::optional<int> axis_through(const IndexMap& map, int axis, const Shape& from, const Shape& to) {
  const std::optional<int> through = map.results[axis].plain_axis();
  if (!through || from[*through] != to[axis]) return {};
  return through;
}

/// The axis of the value behind `map` that the reader's `axis` walks along.
std::optional<int> axis_behind(const IndexMap& map, int axis, const Shape& from, const Shape& to) {
  for (int behind = 0; behind < static_cast<int>(to.size()); ++behind) {
    if (axis_through(map, behind, from, to) == axis) return behind;
  }
  return {};
}

class LayoutAssignment {
 public:
  LayoutAssignment(const Graph& graph, const ParamLayouts& fixed)
      : graph_(graph), fixed_(fixed), layouts_(graph.size()) {
    for (uint32_t i = 0; i < graph.size(); ++i) seed_input(Value{i});
    for (uint32_t i = 0; i < graph.size(); ++i) seed_table_and_weight(Value{i});
    link();
    spread();
    for (uint32_t i = 0; i < graph.size(); ++i) seed_contract(Value{i});
    for (uint32_t i = 0; i < graph.size(); ++i) seed_left_param(Value{i});
    for (uint32_t i = 0; i < graph.size(); ++i) {
      if (!layouts_[i]) layouts_[i] = row_major(graph.nodes()[i].type.shape);
    }
  }

  Layout of(Value value) const { return *layouts_[index(value)]; }

 private:
  void set(Value value, Layout layout) {
    if (layouts_[index(value)]) return;
    layouts_[index(value)] = fixed_layout(value).value_or(layout);
    pending_.push_back(value);
  }

  std::optional<Layout> fixed_layout(Value value) const {
    const auto* param = as<Param>(graph_[value]);
    const auto found = param ? fixed_.find(param->name) : fixed_.end();
    return found == fixed_.end() ? std::nullopt : std::optional(found->second);
  }

  void seed_input(Value value) {
    const Node& node = graph_[value];
    if (as<Input>(node)) layouts_[index(value)] = row_major(node.type.shape);
  }

  // What no rule has reached here one did in another program, unless it is row-major: that is what those get
  // that no rule reaches, and they hand nothing on.
  void seed_left_param(Value value) {
    const auto fixed = fixed_layout(value);
    if (fixed && *fixed != row_major(graph_.shape(value))) set(value, *fixed);
    spread();
  }

  bool is_param(Value value) const { return as<Param>(graph_[value]) != nullptr; }

  void seed_table_and_weight(Value value) {
    const Node& node = graph_[value];
    if (as<Contract>(node)) {
      for (const Read& read : reads_of(graph_, value)) {
        const Shape& shape = graph_.shape(read.base);
        if (is_param(read.base) && shape.size() >= 2)
          set(read.base, panels(shape, static_cast<int>(shape.size()) - 1));
      }
    }
    if (as<Gather>(node)) {
      const Value base = resolve(graph_, node.operands[0]).base;
      if (is_param(base) && graph_.shape(base).size() >= 2) set(base, table(graph_.shape(base)));
    }
  }

  /// Lanes: the last own axis of the operand that is no weight.
  void seed_contract(Value value) {
    const Node& node = graph_[value];
    if (!as<Contract>(node) || layouts_[index(value)]) return;
    const std::vector<Read> reads = reads_of(graph_, value);
    const Read& batch_side = is_param(reads[0].base) ? reads[1] : reads[0];
    const Read& other_side = is_param(reads[0].base) ? reads[0] : reads[1];
    const auto mentions = [](const Read& read, int axis) { return read.map && uses_axis(*read.map, axis); };
    int lane_axis = static_cast<int>(node.type.shape.size()) - 1;
    for (int axis = 0; axis < static_cast<int>(node.type.shape.size()); ++axis) {
      if (node.type.shape[axis] > 1 && mentions(batch_side, axis) && !mentions(other_side, axis))
        lane_axis = axis;
    }
    set(value, panels(node.type.shape, lane_axis));
    spread();
    seed_operand(batch_side, lane_axis);
  }

  /// The operand that carries the lanes lies in them too.
  void seed_operand(const Read& read, int lane_axis) {
    const Shape& shape = graph_.shape(read.base);
    if (!read.map || shape.size() < 2) return;
    for (int axis = 0; axis < static_cast<int>(shape.size()); ++axis) {
      if (read.map->results[axis].plain_axis() == lane_axis) set(read.base, panels(shape, axis));
    }
    spread();
  }

  void link() {
    readers_.resize(graph_.size());
    for (uint32_t i = 0; i < graph_.size(); ++i) {
      for (Value operand : graph_.nodes()[i].operands) readers_[index(operand)].push_back(Value{i});
    }
    updates_.resize(graph_.size());
    for (const Output& output : graph_.outputs()) {
      if (!output.updates) continue;
      updates_[index(*output.updates)].push_back(output.value);
      updates_[index(output.value)].push_back(*output.updates);
    }
  }

  void spread() {
    while (!pending_.empty()) {
      const Value value = pending_.front();
      pending_.pop_front();
      for (Value same : updates_[index(value)]) set(same, *layouts_[index(value)]);
      for (Value reader : readers_[index(value)]) spread_up(value, reader);
      spread_down(value);
    }
  }

  /// Gives `to` the lanes of `from`, on axis `axis` of it.
  void carry(Value from, Value to, std::optional<int> axis) {
    if (!axis || *axis < 0) return;
    const Layout layout = *layouts_[index(from)];
    if (graph_.shape(to).size() >= 2) set(to, {*axis, layout.width});
  }

  void spread_up(Value value, Value reader) {
    const Node& node = graph_[reader];
    if (as<Contract>(node) || as<Gather>(node) || as<Deposit>(node)) return;
    carry(value, reader, axis_in_reader(value, reader, layouts_[index(value)]->lane_axis));
  }

  void spread_down(Value value) {
    const Node& node = graph_[value];
    if (as<Contract>(node) || as<Gather>(node) || as<Deposit>(node) || as<Random>(node)) return;
    for (Value operand : node.operands)
      carry(value, operand, axis_in_operand(value, operand, layouts_[index(value)]->lane_axis));
  }

  std::optional<int> axis_in_reader(Value value, Value reader, int axis) const {
    const Node& node = graph_[reader];
    const Shape& shape = graph_.shape(value);
    if (is_view(node)) {
      const auto map = view_map(graph_, node);
      return map ? axis_through(*map, axis, node.type.shape, shape) : std::nullopt;
    }
    if (as<Reduce>(node)) {
      const std::vector<int> kept = result_axes(graph_, reader);
      const auto found = std::find(kept.begin(), kept.end(), axis);
      return found == kept.end() ? std::nullopt : std::optional<int>(static_cast<int>(found - kept.begin()));
    }
    if (const auto* concat = as<Concat>(node))
      return concat->axis == axis ? std::nullopt : std::optional<int>(axis);
    if (as<Map>(node)) return axis;
    return {};
  }

  std::optional<int> axis_in_operand(Value value, Value operand, int axis) const {
    const Node& node = graph_[value];
    const Shape& shape = graph_.shape(operand);
    if (is_view(node)) {
      const auto map = view_map(graph_, node);
      return map ? axis_behind(*map, axis, node.type.shape, shape) : std::nullopt;
    }
    if (as<Reduce>(node)) return result_axes(graph_, value)[axis];
    if (const auto* concat = as<Concat>(node))
      return concat->axis == axis ? std::nullopt : std::optional<int>(axis);
    if (as<Map>(node)) return axis;
    return {};
  }

  const Graph& graph_;
  const ParamLayouts& fixed_;
  std::vector<std::optional<Layout>> layouts_;
  std::vector<std::vector<Value>> readers_, updates_;
  std::deque<Value> pending_;
};

}  // namespace

Graph assign_layouts(const Graph& graph, const ParamLayouts& fixed) {
  const LayoutAssignment layouts(graph, fixed);
  uint32_t number = 0;
  Graph out;
  std::vector<Value> renamed;
  for (const Node& node : graph.nodes()) {
    std::vector<Value> operands;
    for (Value operand : node.operands) operands.push_back(renamed[index(operand)]);
    renamed.push_back(out.add(node.op, std::move(operands), node.type, layouts.of(Value{number++})));
  }
  for (const Output& output : graph.outputs()) {
    std::optional<Value> updates;
    if (output.updates) updates = renamed[index(*output.updates)];
    out.add_output(output.name, renamed[index(output.value)], updates);
  }
  return out;
}

ParamLayouts param_layouts(const Graph& graph) {
  ParamLayouts layouts;
  for (const Node& node : graph.nodes()) {
    if (const auto* param = as<Param>(node); param && node.layout) layouts[param->name] = *node.layout;
  }
  return layouts;
}

}  // namespace cgan_jit
