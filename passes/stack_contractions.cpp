#include <algorithm>

#include "passes/build.h"
#include "passes/simplify_rules.h"
#include "passes/stack_rules.h"

namespace cgan_jit {
namespace {

/// Contractions that differ only in the operand that is not the weight.
struct Group {
  int weight_side;  // 0: the weight is lhs, 1: it is rhs
  std::vector<Value> members;
};

/// Which groups there are so far, and to which each node belongs (-1: none).
struct Grouping {
  std::vector<Group> groups;
  std::vector<int> group_of;
};

bool is_alike(const Graph& graph, Value a, Value b, int weight_side) {
  const Node &x = graph[a], &y = graph[b];
  return x.op == y.op && x.type == y.type && x.operands[weight_side] == y.operands[weight_side] &&
         graph.type(x.operands[1 - weight_side]) == graph.type(y.operands[1 - weight_side]);
}

/// The side that holds a weight of rank >= 2 beside an operand that is none.
std::optional<int> weight_side(const Graph& graph, const std::vector<bool>& weights, const Node& node) {
  for (int side : {1, 0}) {
    const Value weight = node.operands[side], other = node.operands[1 - side];
    const bool heavy = graph.shape(weight).size() >= 2;
    if (heavy && weights[index(weight)] && !weights[index(other)] && !graph.shape(other).empty()) return side;
  }
  return {};
}

/// What a node needs when each group is computed as one.
std::vector<Value> needs_of(const Graph& graph, const Grouping& grouping, Value value) {
  const int group = grouping.group_of[index(value)];
  if (group < 0) return graph[value].operands;
  std::vector<Value> needs;
  for (Value member : grouping.groups[group].members) {
    needs.insert(needs.end(), graph[member].operands.begin(), graph[member].operands.end());
  }
  return needs;
}

/// Joins the first group of its kind where no path leads from one to the other, through other groups neither.
void join(const Graph& graph, Grouping& grouping, Value value, int side) {
  const auto needs = [&](Value v) { return needs_of(graph, grouping, v); };
  for (size_t g = 0; g < grouping.groups.size(); ++g) {
    Group& group = grouping.groups[g];
    if (group.weight_side != side || !is_alike(graph, group.members[0], value, side)) continue;
    if (depends({value}, group.members, graph.size(), needs) ||
        depends(group.members, {value}, graph.size(), needs))
      continue;
    group.members.push_back(value);
    grouping.group_of[index(value)] = static_cast<int>(g);
    return;
  }
  grouping.group_of[index(value)] = static_cast<int>(grouping.groups.size());
  grouping.groups.push_back({side, {value}});
}

Grouping grouping_of(const Graph& graph) {
  Grouping grouping{{}, std::vector<int>(graph.size(), -1)};
  const std::vector<bool> weights = weights_of(graph);
  for (uint32_t i = 0; i < graph.size(); ++i) {
    const Node& node = graph.nodes()[i];
    if (!as<Contract>(node)) continue;
    if (const auto side = weight_side(graph, weights, node)) join(graph, grouping, Value{i}, *side);
  }
  return grouping;
}

/// All members at once: [n, ...result].
Value contract_group(Graph& out, const Graph& graph, const Group& group, const std::vector<Value>& renamed) {
  const Node& first = graph[group.members[0]];
  const int weight = group.weight_side, other = 1 - weight;
  std::vector<Value> parts;
  for (Value member : group.members) parts.push_back(renamed[index(graph[member].operands[other])]);
  Contract op = *as<Contract>(first);
  IndexMap& weight_map = weight == 0 ? op.lhs : op.rhs;
  IndexMap& other_map = weight == 0 ? op.rhs : op.lhs;
  weight_map = with_axis(weight_map, 0);
  other_map = along_new_axis(other_map, 0);
  std::vector<Value> operands(2);
  operands[weight] = renamed[index(first.operands[weight])];
  operands[other] = stacked(out, parts);
  Type type = first.type;
  type.shape.insert(type.shape.begin(), static_cast<int64_t>(parts.size()));
  return out.add(op, operands, type);
}

/// Slab `which` of a stacked value.
Value slab(Graph& graph, Value whole, int64_t which) {
  Shape shape = graph.shape(whole);
  shape.erase(shape.begin());
  IndexMap map = identity_map(rank_of(shape));
  map.results.insert(map.results.begin(), Affine{which, std::vector<int64_t>(shape.size(), 0)});
  return simple_reindex(graph, whole, map, shape);
}

}  // namespace

Graph stack_contractions(const Graph& graph) {
  const Grouping grouping = grouping_of(graph);
  const auto needs = [&](Value value) { return needs_of(graph, grouping, value); };
  return rebuild_by_need(graph, needs, [&](Graph& out, Value value, const std::vector<Value>& renamed) {
    const Node& node = graph[value];
    const int g = grouping.group_of[index(value)];
    if (g >= 0 && grouping.groups[g].members.size() > 1) {
      const std::vector<Value>& members = grouping.groups[g].members;
      const auto which = std::find(members.begin(), members.end(), value) - members.begin();
      return slab(out, contract_group(out, graph, grouping.groups[g], renamed), which);
    }
    std::vector<Value> operands;
    for (Value operand : node.operands) operands.push_back(renamed[index(operand)]);
    return out.add(node.op, std::move(operands), node.type, node.layout);
  });
}

}  // namespace cgan_jit
