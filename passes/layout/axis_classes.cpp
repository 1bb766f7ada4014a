#include "passes/layout/axis_classes.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "ir/integer.h"
#include "passes/graph/access.h"
#include "passes/graph/build.h"
#include "passes/graph/views.h"
#include "passes/layout/panels.h"
#include "passes/products/contract.h"

namespace cgan_jit {
namespace {

/// Values that some input or random number reaches.
std::vector<bool> data_of(const Graph& graph) {
  std::vector<bool> data;
  for (const Node& node : graph.nodes()) {
    data.push_back(as<Input>(node) || as<Random>(node) ||
                   std::any_of(node.operands.begin(), node.operands.end(),
                               [&](Value operand) { return data[index(operand)]; }));
  }
  return data;
}

/// How full vectors of 16 lanes and blocks of 64 are, from 1 to 1024.
int64_t fullness(int64_t extent) {
  return std::min(panel_width, extent) * extent * 16 / round_up(std::max<int64_t>(extent, 1), 16);
}

}  // namespace

AxisClasses::AxisClasses(const Graph& graph) {
  for (uint32_t i = 0; i < graph.size(); ++i) {
    const Node& node = graph.nodes()[i];
    first_.push_back(static_cast<int>(extents_.size()));
    axis_counts_.push_back(rank_of(node.type.shape));
    extents_.insert(extents_.end(), node.type.shape.begin(), node.type.shape.end());
    if (const Shape* summed = traits_of(node.op).summed)
      extents_.insert(extents_.end(), summed->begin(), summed->end());
  }
  parent_.resize(extents_.size());
  std::iota(parent_.begin(), parent_.end(), 0);
  for (uint32_t i = 0; i < graph.size(); ++i) join_reads(graph, Value{i});
  for (const Output& output : graph.outputs()) {
    for (int axis = 0; output.updates && axis < rank_of(graph.shape(output.value)); ++axis)
      join(output.value, axis, *output.updates, axis);
  }
  ranks_.resize(extents_.size());
  for (size_t axis = 0; axis < extents_.size(); ++axis) {
    int64_t& extent = ranks_[class_of(static_cast<int>(axis))].extent;
    extent = std::max(extent, extents_[axis]);
  }
  const std::vector<bool> data = data_of(graph);
  for (uint32_t i = 0; i < graph.size(); ++i) {
    if (as<Contract>(graph.nodes()[i])) count(graph, Value{i}, data);
  }
}

int AxisClasses::class_of(int axis) const {
  while (parent_[axis] != axis) axis = parent_[axis] = parent_[parent_[axis]];
  return axis;
}

void AxisClasses::join(Value a, int axis_a, Value b, int axis_b) {
  const int one = number(a, axis_a), other = number(b, axis_b);
  if (extents_[one] != extents_[other] || extents_[one] == 1) return;
  const int first = class_of(one), second = class_of(other);
  parent_[std::max(first, second)] = std::min(first, second);
}

/// What walks along one axis of a node's iteration space, of its extent, is of one class.
void AxisClasses::join_reads(const Graph& graph, Value value) {
  const Shape space = iteration_space(graph, value);
  std::vector<std::optional<std::pair<Value, int>>> walking(space.size());
  const auto join_walking = [&](Value along, const Coordinates& coordinates) {
    for (int axis = 0; axis < rank_of(graph.shape(along)); ++axis) {
      const auto walked = coordinates[axis] ? coordinates[axis]->plain_axis() : std::nullopt;
      if (!walked || space[*walked] != graph.shape(along)[axis]) continue;
      if (auto& first = walking[*walked]) join(first->first, first->second, along, axis);
      walking[*walked] = {along, axis};
    }
  };
  join_walking(value, written_coordinates(graph, value));
  for (int axis = axis_counts_[index(value)]; traits_of(graph[value].op).summed && axis < rank_of(space);
       ++axis)
    walking[axis] = {value, axis};
  const std::vector<Value>& operands = graph[value].operands;
  for (size_t k = 0; k < operands.size(); ++k) join_walking(operands[k], read_coordinates(graph, value, k));
}

void AxisClasses::count(const Graph& graph, Value contract, const std::vector<bool>& data) {
  const Node& node = graph[contract];
  const auto& op = std::get<Contract>(node.op);
  const int64_t products = element_count(iteration_space(graph, contract));
  for (int axis = rank_of(node.type.shape); axis < op.lhs.rank; ++axis) {
    if (walks(op.lhs, axis) && walks(op.rhs, axis)) count_summed(contract, axis, op.lhs.rank, products);
  }
  for (int side = 0; side < 2; ++side) {
    const IndexMap &own = side == 0 ? op.lhs : op.rhs, &other = side == 0 ? op.rhs : op.lhs;
    const bool is_data = data[index(node.operands[side])], weighs = data[index(node.operands[1 - side])];
    if (!is_data && weighs) continue;
    for (int axis = 0; axis < rank_of(node.type.shape); ++axis) {
      if (node.type.shape[axis] == 1 || !walks(own, axis) || uses_axis(other, axis)) continue;
      Rank& rank = ranks_[class_of(number(contract, axis))];
      int64_t& sum = is_data && !weighs ? rank.against_weights : rank.among_data;
      sum = saturated_sum(sum, saturated_product(products, fullness(node.type.shape[axis])));
    }
  }
}

/// `axis` is one of the iteration space, of rank `rank`.
void AxisClasses::count_summed(Value contract, int axis, int rank, int64_t products) {
  const int counted = class_of(number(contract, axis));
  ranks_[counted].summed = saturated_sum(ranks_[counted].summed, products);
  std::set<int> others;
  for (int other = axis_counts_[index(contract)]; other < rank; ++other)
    others.insert(class_of(number(contract, other)));
  for (int other : others) {
    int64_t& sum = summed_together_[{counted, other}];
    sum = saturated_sum(sum, products);
  }
}

std::optional<int> AxisClasses::highest(Value value, bool (*eligible)(const Rank&)) const {
  std::optional<int> best;
  const auto rank = [&](int axis) { return ranks_[class_of(number(value, axis))]; };
  for (int axis = 0; axis < axis_counts_[index(value)]; ++axis) {
    if (!eligible(rank(axis)) || extents_[number(value, axis)] < least_lanes) continue;
    if (!best || rank(axis) > rank(*best)) best = axis;
  }
  return best;
}

/// Products that sum along `axis`, but not along `lane_axis`, if these are of two classes.
int64_t AxisClasses::summed_without(Value value, int axis, int lane_axis) const {
  const int counted = class_of(number(value, axis)), lanes = class_of(number(value, lane_axis));
  const auto together = counted == lanes ? summed_together_.end() : summed_together_.find({counted, lanes});
  return ranks_[counted].summed - (together == summed_together_.end() ? 0 : together->second);
}

std::optional<int> AxisClasses::summed_axis(Value value, int lane_axis) const {
  std::optional<int> best;
  const auto summed = [&](int axis) { return summed_without(value, axis, lane_axis); };
  for (int axis = 0; axis < axis_counts_[index(value)]; ++axis) {
    if (axis != lane_axis && summed(axis) > 0 && (!best || summed(axis) >= summed(*best))) best = axis;
  }
  return best;
}

std::optional<int> AxisClasses::batch_axis(Value value) const {
  return highest(value, [](const Rank& rank) { return rank.against_weights > 0; });
}

std::optional<int> AxisClasses::own_axis(Value value) const {
  return highest(value, [](const Rank& rank) { return rank.against_weights > 0 || rank.among_data > 0; });
}

}  // namespace cgan_jit
