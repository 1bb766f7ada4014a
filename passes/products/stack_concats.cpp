#include <algorithm>
#include <map>

#include "passes/graph/build.h"
#include "passes/graph/views.h"
#include "passes/products/stack_steps.h"
#include "passes/simplify/rules.h"

namespace cgan_jit {
namespace {

/// A concat with the place of each of its parts.
struct Parts {
  Value concat;
  std::map<Value, int64_t> offsets;  // of the first of equal parts
};

std::vector<Parts> concats_of(const Graph& graph) {
  std::vector<Parts> concats;
  for (uint32_t i = 0; i < graph.size(); ++i) {
    const auto* concat = as<Concat>(graph.nodes()[i]);
    if (!concat) continue;
    Parts parts{Value{i}, {}};
    int64_t offset = 0;
    for (Value part : graph.nodes()[i].operands) {
      parts.offsets.emplace(part, offset);
      offset += graph.shape(part)[concat->axis];
    }
    concats.push_back(std::move(parts));
  }
  return concats;
}

/// The concat `node` as a read of the concat `whole`, if its parts lie evenly spaced there.
std::optional<IndexMap> read_of(const Graph& graph, const Node& node, const Parts& whole) {
  const int axis = as<Concat>(node)->axis, rank = rank_of(node.type.shape);
  if (as<Concat>(graph[whole.concat])->axis != axis) return {};
  std::optional<IndexMap> map;
  int64_t extent = 0;
  for (Value part : node.operands) {
    const auto offset = whole.offsets.find(part);
    if (offset == whole.offsets.end()) return {};
    const Shape& shape = graph.shape(part);
    const IndexMap slice = without_unit_axes(slice_map(rank, axis, offset->second), shape);
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

/// The longest concat that holds the parts of another, of equal ones the first; it must not depend on it.
std::optional<Merge> find_merge(const Graph& graph) {
  std::vector<Parts> wholes = concats_of(graph);
  std::vector<Value> concats;
  for (const Parts& parts : wholes) concats.push_back(parts.concat);
  const auto length = [&](const Parts& parts) { return graph[parts.concat].operands.size(); };
  std::stable_sort(wholes.begin(), wholes.end(),
                   [&](const Parts& a, const Parts& b) { return length(a) > length(b); });
  const auto needs = [&](Value value) { return graph[value].operands; };
  for (const Parts& whole : wholes) {
    for (Value concat : concats) {
      if (concat == whole.concat || graph[concat].operands.size() > length(whole)) continue;
      const auto map = read_of(graph, graph[concat], whole);
      if (map && !depends({whole.concat}, {concat}, graph.size(), needs))
        return Merge{concat, whole.concat, *map};
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
