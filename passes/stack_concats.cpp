#include <algorithm>

#include "passes/build.h"
#include "passes/simplify_rules.h"
#include "passes/stack_rules.h"
#include "passes/views.h"

namespace cgan_jit {
namespace {

/// Where `part` begins in a concat; nothing if it is no part of it.
std::optional<int64_t> offset_in(const Graph& graph, const Node& concat, Value part) {
  int64_t offset = 0;
  for (Value operand : concat.operands) {
    if (operand == part) return offset;
    offset += graph.shape(operand)[as<Concat>(concat)->axis];
  }
  return {};
}

/// The concat `node` as a read of the concat `whole`, if its parts lie evenly spaced there.
std::optional<IndexMap> read_of(const Graph& graph, const Node& node, const Node& whole) {
  const int axis = as<Concat>(node)->axis, rank = rank_of(node.type.shape);
  if (as<Concat>(whole)->axis != axis) return {};
  std::optional<IndexMap> map;
  int64_t extent = 0;
  for (Value part : node.operands) {
    const auto offset = offset_in(graph, whole, part);
    if (!offset) return {};
    const Shape& shape = graph.shape(part);
    const IndexMap slice = without_unit_axes(slice_map(rank, axis, *offset), shape);
    map = map ? joined(*map, extent, slice, shape[axis], axis) : slice;
    if (!map) return {};
    extent += shape[axis];
  }
  return map;
}

struct Merge {
  Value concat, whole;
  IndexMap map;
};

std::vector<Value> concats_of(const Graph& graph) {
  std::vector<Value> concats;
  for (uint32_t i = 0; i < graph.size(); ++i) {
    if (as<Concat>(graph.nodes()[i])) concats.push_back(Value{i});
  }
  return concats;
}

/// The longest concat that holds the parts of another, of equal ones the first; it must not depend on it.
std::optional<Merge> find_merge(const Graph& graph) {
  std::vector<Value> wholes = concats_of(graph);
  const std::vector<Value> concats = wholes;
  std::stable_sort(wholes.begin(), wholes.end(),
                   [&](Value a, Value b) { return graph[a].operands.size() > graph[b].operands.size(); });
  const auto needs = [&](Value value) { return graph[value].operands; };
  for (Value whole : wholes) {
    for (Value concat : concats) {
      if (concat == whole || graph[concat].operands.size() > graph[whole].operands.size()) continue;
      const auto map = read_of(graph, graph[concat], graph[whole]);
      if (map && !depends({whole}, {concat}, graph.size(), needs)) return Merge{concat, whole, *map};
    }
  }
  return {};
}

Graph merged(const Graph& graph, const Merge& merge) {
  const auto needs = [&](Value value) {
    return value == merge.concat ? std::vector<Value>{merge.whole} : graph[value].operands;
  };
  return rebuild_by_need(graph, needs, [&](Graph& out, Value value, const std::vector<Value>& renamed) {
    const Node& node = graph[value];
    if (value == merge.concat) return reindexed(out, renamed[index(merge.whole)], merge.map, node.type.shape);
    std::vector<Value> operands;
    for (Value operand : node.operands) operands.push_back(renamed[index(operand)]);
    return out.add(node.op, std::move(operands), node.type, node.layout);
  });
}

}  // namespace

Graph merge_concats(const Graph& graph) {
  Graph merging = graph;
  while (const auto merge = find_merge(merging)) merging = merged(merging, *merge);
  return merging;
}

}  // namespace cgan_jit
