#include <map>
#include <set>

#include "passes/fuse/steps.h"

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

using Needs = std::vector<std::set<int>>;

/// Of every kernel, those whose results it reads. A concat counts as a kernel, behind the others.
Needs kernel_needs(const FusionState& state) {
  Needs needs(state.kernels.size());
  std::map<Value, int> concats;
  for (uint32_t i = 0; i < state.graph.size(); ++i) {
    const int kernel = state.kernel_of[i];
    const bool is_concat = kernel < 0 && is_assembled(state.graph.nodes()[i]);
    if (kernel < 0 && !is_concat) continue;
    if (is_concat) concats.emplace(Value{i}, static_cast<int>(needs.size())), needs.emplace_back();
    std::set<int>& own = is_concat ? needs.back() : needs[kernel];
    for (const Read& read : state.reads[i]) {
      const int other = state.kernel_of[index(read.base)];
      if (other >= 0 && other != kernel) own.insert(other);
      if (const auto parts = concats.find(read.base); parts != concats.end()) own.insert(parts->second);
    }
  }
  return needs;
}

/// A path leads from what `from` needs, other kernels between, to `to`.
bool reaches(const Needs& needs, int from, int to) {
  std::vector<bool> seen(needs.size(), false);
  std::vector<int> open{from};
  while (!open.empty()) {
    const int kernel = open.back();
    open.pop_back();
    for (int other : needs[kernel]) {
      if (other == to) return true;
      if (seen[other] || other == from) continue;
      seen[other] = true;
      open.push_back(other);
    }
  }
  return false;
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
  Needs needs = kernel_needs(state);
  for (int a = 0; a < count; ++a) {
    for (int b = next_sharer(state, bases[a], sharers, a); b < count;
         b = next_sharer(state, bases[a], sharers, b)) {
      if (!are_siblings(state, state.kernels[a], state.kernels[b]) || reaches(needs, a, b) ||
          reaches(needs, b, a))
        continue;
      merge(state, a, b);
      bases[a].insert(bases[b].begin(), bases[b].end());
      needs[a].insert(needs[b].begin(), needs[b].end());
      needs[b] = {a};
    }
  }
}

}  // namespace cgan_jit
