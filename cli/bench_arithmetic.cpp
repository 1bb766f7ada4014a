#include "cli/bench_arithmetic.h"

#include <algorithm>

#include "passes/pipeline.h"

namespace cgan_jit::cli {
namespace {

bool is_product(const Node& node) {
  const Map* map = as<Map>(node);
  return map && map->fn == Fn::mul;
}

bool is_spread(const Graph& graph, Value value) {
  const Node& node = graph[value];
  return as<Reindex>(node) && element_count(graph.shape(node.operands[0])) < element_count(node.type.shape);
}

/// Of what a node sums up.
int64_t products(const Graph& graph, const Node& node) {
  if (const auto* contraction = as<Contract>(node))
    return element_count(node.type.shape) * element_count(contraction->summed);
  const auto* sum = as<Reduce>(node);
  if (!sum || sum->fn != ReduceFn::add || !is_product(graph[node.operands[0]])) return 0;
  const Node& product = graph[node.operands[0]];
  const auto spread = [&](Value factor) { return is_spread(graph, factor); };
  return std::ranges::any_of(product.operands, spread) ? element_count(product.type.shape) : 0;
}

int64_t products(const Graph& program) {
  const Graph graph = run_graph_passes(program, {}, {}, "distribute");
  const std::vector<bool> live = live_nodes(graph);
  int64_t total = 0;
  for (uint32_t i = 0; i < graph.size(); ++i) {
    if (live[i]) total += products(graph, graph.nodes()[i]);
  }
  return total;
}

}  // namespace

double counted_gflop(const nets::TrainingStep& step) {
  double total = 0;
  for (const nets::StepProgram& program : step.programs)
    total += 2e-9 * static_cast<double>(program.runs * products(program.recording.graph));
  return total;
}

}  // namespace cgan_jit::cli
