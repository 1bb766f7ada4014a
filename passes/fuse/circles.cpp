#include "passes/fuse/circles.h"

namespace cgan_jit {
namespace {

/// Leaves are there already, whoever copies them elsewhere; but a concat is there when its parts are.
std::vector<std::vector<int>> needs_of(const FusionState& state) {
  std::vector<std::vector<int>> needs(state.graph.size());
  for (uint32_t i = 0; i < state.graph.size(); ++i) {
    const bool is_whole = as<Concat>(state.graph.nodes()[i]) != nullptr;
    if (!state.computed[i] && !is_whole) continue;
    for (const Read& read : state.reads[i]) {
      const bool is_made = is_whole ? state.computed[index(read.base)] : !is_leaf(state.graph[read.base]);
      if (is_made || as<Concat>(state.graph[read.base]))
        needs[i].push_back(static_cast<int>(index(read.base)));
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
