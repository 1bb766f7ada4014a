#include "passes/fuse/circles.h"

namespace cgan_jit {
namespace {

/// Leaves are there already, whoever copies them elsewhere.
std::vector<std::vector<int>> needs_of(const FusionState& state) {
  std::vector<std::vector<int>> needs(state.graph.size());
  for (uint32_t i = 0; i < state.graph.size(); ++i) {
    if (!state.computed[i] && !as<Concat>(state.graph.nodes()[i])) continue;
    for (const Read& read : state.reads[i]) {
      if (!is_leaf(state.graph[read.base])) needs[i].push_back(static_cast<int>(index(read.base)));
    }
  }
  return needs;
}

}  // namespace

Circles::Circles(const FusionState& state) : state_(state), waits_(needs_of(state)) {}

bool Circles::let_join(Value value, int kernel) {
  const Value member = state_.kernels[kernel].nodes[0];
  return waits_.contract(static_cast<int>(index(member)), static_cast<int>(index(value)));
}

}  // namespace cgan_jit
