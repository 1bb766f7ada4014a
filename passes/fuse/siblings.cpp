#include <map>
#include <set>

#include "passes/fuse/steps.h"
#include "passes/graph/dag.h"

namespace cgan_jit {
namespace {

/// What a kernel that may have siblings reads, scalars aside.
std::set<Value> shared_bases(const FusionState& state, const FusedKernel& kernel) {
  std::set<Value> all;
  if (kernel.anchor || kernel.split != Split::rows) return all;
  for (Value node : kernel.nodes) {
    for (const Read& read : state.reads[index(node)]) {
      if (element_count(state.graph.shape(read.base)) > 1) all.insert(read.base);
    }
  }
  return all;
}

/// What waits for what: kernels, and behind them concats, which wait for their parts.
Dag waits_of_kernels(const FusionState& state) {
  std::vector<std::vector<int>> needs(state.kernels.size());
  std::vector<int> vertex_of = state.kernel_of;
  for (uint32_t i = 0; i < state.graph.size(); ++i) {
    if (vertex_of[i] < 0) {
      if (!as<Concat>(state.graph.nodes()[i])) continue;
      vertex_of[i] = static_cast<int>(needs.size());
      needs.emplace_back();
    }
    for (const Read& read : state.reads[i]) {
      const int needed = vertex_of[index(read.base)];
      if (needed >= 0 && needed != vertex_of[i] && !is_leaf(state.graph[read.base]))
        needs[vertex_of[i]].push_back(needed);
    }
  }
  return Dag(std::move(needs));
}

using Sharers = std::map<Value, std::set<int>>;

/// The first kernel after `last` that reads one of `bases`; the number of kernels if there is none.
int next_sharer(const FusionState& state, const std::set<Value>& bases, const Sharers& sharers, int last) {
  int next = static_cast<int>(state.kernels.size());
  for (Value base : bases) {
    const std::set<int>& all = sharers.at(base);
    if (const auto found = all.upper_bound(last); found != all.end()) next = std::min(next, *found);
  }
  return next;
}

bool are_siblings(const FusionState& state, const FusedKernel& a, const FusedKernel& b) {
  if (a.nodes.empty() || b.nodes.empty() || !has_room(a, b.nodes.size())) return false;
  return state.graph.shape(a.frame)[a.rows_axis()] == state.graph.shape(b.frame)[b.rows_axis()];
}

void merge(FusionState& state, int into, int from) {
  FusedKernel &target = state.kernels[into], &source = state.kernels[from];
  for (Value node : source.nodes) {
    state.kernel_of[index(node)] = into;
    target.nodes.push_back(node);
  }
  target.row_axis.insert(source.row_axis.begin(), source.row_axis.end());
  source.nodes.clear();
}

}  // namespace

void merge_siblings(FusionState& state) {
  const int count = static_cast<int>(state.kernels.size());
  std::vector<std::set<Value>> bases;
  Sharers sharers;
  for (int k = 0; k < count; ++k) {
    bases.push_back(shared_bases(state, state.kernels[k]));
    for (Value base : bases[k]) sharers[base].insert(k);
  }
  Dag waits = waits_of_kernels(state);
  for (int a = 0; a < count; ++a) {
    for (int b = next_sharer(state, bases[a], sharers, a); b < count;
         b = next_sharer(state, bases[a], sharers, b)) {
      if (!are_siblings(state, state.kernels[a], state.kernels[b]) || waits.reaches(a, b) ||
          waits.reaches(b, a))
        continue;
      waits.contract(a, b);
      merge(state, a, b);
      bases[a].insert(bases[b].begin(), bases[b].end());
    }
  }
}

}  // namespace cgan_jit
