#include <algorithm>
#include <map>

#include "passes/graph/build.h"
#include "passes/products/stack_steps.h"
#include "passes/simplify/rules.h"

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

/// Contractions alike, in order of first appearance of each kind; only kinds that have several.
std::vector<Group> kinds_of(const Graph& graph) {
  const std::vector<bool> weights = weights_of(graph);
  std::vector<Group> kinds;
  std::map<std::pair<int, Value>, std::vector<size_t>> kinds_of_weight;
  for (uint32_t i = 0; i < graph.size(); ++i) {
    const Node& node = graph.nodes()[i];
    const auto side = as<Contract>(node) ? weight_side(graph, weights, node) : std::nullopt;
    if (!side) continue;
    std::vector<size_t>& known = kinds_of_weight[{*side, node.operands[*side]}];
    const auto kind = std::find_if(known.begin(), known.end(), [&](size_t k) {
      return is_alike(graph, kinds[k].members[0], Value{i}, *side);
    });
    if (kind != known.end()) {
      kinds[*kind].members.push_back(Value{i});
    } else {
      known.push_back(kinds.size());
      kinds.push_back({*side, {Value{i}}});
    }
  }
  std::erase_if(kinds, [](const Group& kind) { return kind.members.size() < 2; });
  return kinds;
}

/// How many others of its kind each member needs, one behind the other: those of the same number need none of
/// each other.
std::vector<int> generations(const Graph& graph, const std::vector<Value>& members) {
  const uint32_t first = index(members.front()), last = index(members.back());
  std::vector<int> behind(last - first + 1, 0);
  std::vector<int> numbers;
  for (uint32_t i = first; i <= last; ++i) {
    for (Value operand : graph.nodes()[i].operands) {
      if (index(operand) >= first)
        behind[i - first] = std::max(behind[i - first], behind[index(operand) - first]);
    }
    if (!std::binary_search(members.begin(), members.end(), Value{i})) continue;
    numbers.push_back(behind[i - first]++);
  }
  return numbers;
}

/// Whether a group may take `value` in: no path leads from one to the other, through other groups neither.
bool may_join(const Graph& graph, const Grouping& grouping, const Group& group, Value value) {
  const auto needs = [&](Value v) { return needs_of(graph, grouping, v); };
  return !depends({value}, group.members, graph.size(), needs) &&
         !depends(group.members, {value}, graph.size(), needs);
}

/// A member of a kind, which may join members of the same generation.
struct Member {
  Value value;
  size_t kind;
  int generation;
};

std::vector<Member> members_in_order(const Graph& graph, const std::vector<Group>& kinds) {
  std::vector<Member> all;
  for (size_t kind = 0; kind < kinds.size(); ++kind) {
    const std::vector<Value>& members = kinds[kind].members;
    const std::vector<int> numbers = generations(graph, members);
    for (size_t i = 0; i < members.size(); ++i) all.push_back({members[i], kind, numbers[i]});
  }
  std::sort(all.begin(), all.end(), [](const Member& a, const Member& b) { return a.value < b.value; });
  return all;
}

/// Every member joins the first group of its kind and generation that may take it in.
Grouping grouping_of(const Graph& graph) {
  Grouping grouping{{}, std::vector<int>(graph.size(), -1)};
  const std::vector<Group> kinds = kinds_of(graph);
  std::map<std::pair<size_t, int>, std::vector<size_t>> groups_of;
  for (const auto& [value, kind, generation] : members_in_order(graph, kinds)) {
    std::vector<size_t>& groups = groups_of[{kind, generation}];
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](size_t g) { return may_join(graph, grouping, grouping.groups[g], value); });
    if (group == groups.end()) {
      group = groups.insert(groups.end(), grouping.groups.size());
      grouping.groups.push_back({kinds[kind].weight_side, {}});
    }
    grouping.group_of[index(value)] = static_cast<int>(*group);
    grouping.groups[*group].members.push_back(value);
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
  std::vector<std::optional<Value>> wholes(grouping.groups.size());  // in the new graph
  const auto needs = [&](Value value) {
    const int g = grouping.group_of[index(value)];
    return g >= 0 && wholes[g] ? std::vector<Value>{} : needs_of(graph, grouping, value);
  };
  return rebuild_by_need(graph, needs, [&](Graph& out, Value value, const std::vector<Value>& renamed) {
    const Node& node = graph[value];
    const int g = grouping.group_of[index(value)];
    if (g >= 0 && grouping.groups[g].members.size() > 1) {
      const std::vector<Value>& members = grouping.groups[g].members;
      const auto which = std::lower_bound(members.begin(), members.end(), value) - members.begin();
      if (!wholes[g]) wholes[g] = contract_group(out, graph, grouping.groups[g], renamed);
      return slab(out, *wholes[g], which);
    }
    std::vector<Value> operands;
    for (Value operand : node.operands) operands.push_back(renamed[index(operand)]);
    return out.add(node.op, std::move(operands), node.type, node.layout);
  });
}

}  // namespace cgan_jit
