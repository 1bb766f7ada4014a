#include "passes/fuse/fuse.h"

#include <algorithm>
#include <set>

#include "passes/fuse/placement.h"
#include "passes/fuse/steps.h"

namespace cgan_jit {
namespace {

std::vector<Value> results_of(const FusionState& state, const FusedKernel& kernel) {
  const int number = state.kernel_of[index(kernel.nodes[0])];
  std::vector<Value> results;
  std::copy_if(kernel.nodes.begin(), kernel.nodes.end(), std::back_inserter(results),
               [&](Value node) { return is_kept_by(state, number, node); });
  return results;
}

std::vector<Value> loads_of(const FusionState& state, const FusedKernel& kernel) {
  std::set<Value> loads;
  for (Value node : kernel.nodes) {
    if (is_stored_leaf(state.graph[node])) loads.insert(node);  // it copies it
    for (const Read& read : state.reads[index(node)]) {
      const Node& base = state.graph[read.base];
      if (!is_immediate(base) && !state.is_in(kernel, read.base)) loads.insert(read.base);
    }
  }
  return {loads.begin(), loads.end()};
}

/// Those kernels that have nodes, with what they read and keep.
FusedGraph finished(FusionState state) {
  FusedGraph fused{state.graph, {}, {}, {}};
  for (FusedKernel& kernel : state.kernels) {
    if (kernel.nodes.empty()) continue;
    std::sort(kernel.nodes.begin(), kernel.nodes.end());
    kernel.results = results_of(state, kernel);
    kernel.loads = loads_of(state, kernel);
    fused.kernels.push_back(std::move(kernel));
  }
  const Renamings renamings(state.graph);
  for (size_t i = 0; i < state.graph.outputs().size(); ++i)
    fused.outputs_of[renamings.of(state.graph.outputs()[i].value).base].push_back(i);
  fused.reads = std::move(state.reads);
  return fused;
}

}  // namespace

FusedGraph fuse(const Graph& graph, Fusion fusion) {
  FusionState state = without_kernels(graph, fusion);
  join_nodes(state);
  if (fusion.elementwise) {
    sink_nodes(state);
    merge_siblings(state);
  }
  return finished(std::move(state));
}

}  // namespace cgan_jit
