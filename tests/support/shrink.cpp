#include "tests/support/shrink.h"

#include "passes/graph/build.h"

namespace cgan_jit {
namespace {

Graph without_output(const Graph& graph, size_t dropped) {
  Graph fewer;
  for (const Node& node : graph.nodes()) fewer.add(node.op, node.operands, node.type, node.layout);
  for (size_t i = 0; i < graph.outputs().size(); ++i) {
    const Output& output = graph.outputs()[i];
    if (i != dropped) fewer.add_output(output.name, output.value, output.updates);
  }
  return without_dead_nodes(fewer);
}

/// `graph` with one output less its last step: what that read is delivered.
std::vector<Graph> without_last_step(const Graph& graph, size_t shortened) {
  std::vector<Graph> shorter;
  for (Value operand : graph[graph.outputs()[shortened].value].operands) {
    Graph one;
    for (const Node& node : graph.nodes()) one.add(node.op, node.operands, node.type, node.layout);
    for (size_t i = 0; i < graph.outputs().size(); ++i) {
      const Output& output = graph.outputs()[i];
      if (i == shortened) {
        one.add_output(output.name, operand);
      } else {
        one.add_output(output.name, output.value, output.updates);
      }
    }
    shorter.push_back(without_dead_nodes(one));
  }
  return shorter;
}

/// `graph` with `replace(out, operands)` in place of one node.
template <typename Replace>
Graph with_replaced(const Graph& graph, uint32_t victim, Replace&& replace) {
  return without_dead_nodes(rebuild(graph, [&](Graph& out, const Node& node, std::vector<Value> operands) {
    if (&node == &graph.nodes()[victim]) return replace(out, operands);
    return out.add(node.op, std::move(operands), node.type, node.layout);
  }));
}

/// Smaller graphs in place of one node, the smallest first.
std::vector<Graph> replacements(const Graph& graph, uint32_t victim) {
  const Node& node = graph.nodes()[victim];
  std::vector<Graph> smaller;
  if (node.operands.empty()) return smaller;
  smaller.push_back(with_replaced(graph, victim, [&](Graph& out, const std::vector<Value>&) {
    return out.add(Const{1}, {}, node.type);
  }));
  smaller.push_back(with_replaced(graph, victim, [&](Graph& out, const std::vector<Value>&) {
    return out.add(Input{fmt::format("shrunk{}_{}", graph.size(), victim)}, {}, node.type);
  }));
  for (size_t k = 0; k < node.operands.size(); ++k) {
    if (graph.type(node.operands[k]) != node.type) continue;
    smaller.push_back(with_replaced(graph, victim,
                                    [&](Graph&, const std::vector<Value>& operands) { return operands[k]; }));
  }
  return smaller;
}

std::optional<Graph> one_step(const Graph& graph, const std::function<bool(const Graph&)>& fails) {
  for (size_t i = 0; graph.outputs().size() > 1 && i < graph.outputs().size(); ++i) {
    Graph fewer = without_output(graph, i);
    if (fails(fewer)) return fewer;
  }
  for (size_t i = 0; i < graph.outputs().size(); ++i) {
    for (Graph& shorter : without_last_step(graph, i)) {
      if (shorter.size() < graph.size() && fails(shorter)) return std::move(shorter);
    }
  }
  for (uint32_t i = static_cast<uint32_t>(graph.size()); i-- > 0;) {
    for (Graph& smaller : replacements(graph, i)) {
      if (smaller.size() <= graph.size() && smaller != graph && fails(smaller)) return std::move(smaller);
    }
  }
  return {};
}

}  // namespace

Graph shrunk(Graph graph, const std::function<bool(const Graph&)>& fails) {
  // A replacement by an input may keep the size, so the number of steps is bounded.
  for (int step = 0; step < 500; ++step) {
    std::optional<Graph> smaller = one_step(graph, fails);
    if (!smaller) break;
    graph = std::move(*smaller);
  }
  return graph;
}

}  // namespace cgan_jit
