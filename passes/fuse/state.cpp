#include "passes/fuse/state.h"

#include <algorithm>

#include "passes/fuse/placement.h"

namespace cgan_jit {
namespace {

constexpr size_t most_nodes = 256;  // of a kernel: LLVM takes more than linear time

/// Nodes that some kernel must compute: not leaves, views, concats or inline scalars, unless they are placed.
std::vector<bool> computed_nodes(const Graph& graph, const std::vector<bool>& placed) {
  std::vector<bool> computed = live_nodes(graph);
  for (uint32_t i = 0; i < graph.size(); ++i) {
    const Node& node = graph.nodes()[i];
    if (is_leaf(node) || is_assembled(node) || is_view(node) || is_inline_scalar(graph, Value{i}))
      computed[i] = computed[i] && placed[i];
  }
  return computed;
}

std::vector<std::vector<Value>> readers_of(const std::vector<std::vector<Read>>& reads,
                                           const std::vector<bool>& computed) {
  std::vector<std::vector<Value>> readers(reads.size());
  for (uint32_t i = 0; i < reads.size(); ++i) {
    if (!computed[i]) continue;
    for (const Read& read : reads[i]) readers[index(read.base)].push_back(Value{i});
  }
  return readers;
}

/// Elementwise nodes that serve nothing but updates of params.
std::vector<bool> update_cone(const Graph& graph, const std::vector<std::vector<Value>>& readers) {
  const Renamings renamings(graph);
  std::vector<bool> cone(graph.size(), false), outside(graph.size(), false);
  for (const Output& output : graph.outputs()) {
    const Value base = renamings.of(output.value).base;
    (output.updates ? cone : outside)[index(base)] = true;
  }
  for (uint32_t i = graph.size(); i-- > 0;) {
    const bool none_outside =
        std::all_of(readers[i].begin(), readers[i].end(), [&](Value reader) { return cone[index(reader)]; });
    const bool serves = cone[i] || !readers[i].empty();
    cone[i] = is_pointwise(graph.nodes()[i]) && !outside[i] && serves && none_outside;
  }
  return cone;
}

}  // namespace

FusionState without_kernels(const Graph& graph, Fusion fusion) {
  FusionState state{graph, fusion, effective_reads(graph), placed_values(graph), {}, {}, {}, {}, {}};
  state.computed = computed_nodes(graph, state.placed);
  state.readers = readers_of(state.reads, state.computed);
  state.updating = update_cone(graph, state.readers);
  state.kernel_of.assign(graph.size(), -1);
  return state;
}

void put(FusionState& state, Value value, int kernel, Membership membership) {
  state.kernel_of[index(value)] = kernel;
  state.kernels[kernel].nodes.push_back(value);
  if (membership.row_axis) state.kernels[kernel].row_axis[value] = *membership.row_axis;
}

bool has_room(const FusedKernel& kernel, size_t more) { return kernel.nodes.size() + more <= most_nodes; }

bool fusion_lets_join(const FusionState& state, Value value, const FusedKernel& kernel) {
  const Fusion& fusion = state.fusion;
  if (!state.updating[index(value)]) return kernel.anchor ? fusion.tiles : fusion.elementwise;
  return state.updating[index(kernel.frame)] ? fusion.elementwise || fusion.updates : fusion.optimiser;
}

bool is_kept_by(const FusionState& state, int kernel, Value value) {
  const std::vector<Value>& readers = state.readers[index(value)];
  return state.placed[index(value)] || std::any_of(readers.begin(), readers.end(), [&](Value reader) {
           return state.kernel_of[index(reader)] != kernel || as<Contract>(state.graph[reader]);
         });
}

}  // namespace cgan_jit
