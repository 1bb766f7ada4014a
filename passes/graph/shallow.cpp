#include "passes/graph/shallow.h"

#include <algorithm>

#include "passes/graph/access.h"
#include "passes/graph/build.h"

namespace cgan_jit {

/// Scalars go through a value of one axis: theirs would be computed by every reader.
Value copied(Graph& graph, Value value, const std::optional<Layout>& layout) {
  const Node& node = graph[value];
  if (node.type.shape.empty()) {
    const Value one = graph.add(Reshape{}, {value}, Type{node.type.dtype, {1}});
    return graph.add(Reshape{}, {copied(graph, one, layout)}, node.type);
  }
  const Value yes = graph.add(Const{1}, {}, Type{DType::boolean, node.type.shape}, layout);
  return graph.add(Map{Fn::select}, {yes, value, value}, node.type, layout);
}

bool is_copy(const Node& node) {
  const auto* map = as<Map>(node);
  return map && map->fn == Fn::select && node.operands[1] == node.operands[2];
}

Graph without_long_chains(const Graph& graph) {
  std::vector<int> steps;  // of every node of the new graph
  return rebuild(graph, [&](Graph& out, const Node& node, std::vector<Value> operands) {
    const Value value = out.add(node.op, operands, node.type, node.layout);
    steps.resize(out.size(), 0);
    if (!is_view(node) && !is_inline_scalar(out, value)) return value;
    for (Value operand : operands)
      steps[index(value)] = std::max(steps[index(value)], steps[index(operand)] + 1);
    if (steps[index(value)] < most_steps) return value;
    const Value copy = copied(out, value, out[value].layout);
    steps.resize(out.size(), 0);
    return copy;
  });
}

}  // namespace cgan_jit
