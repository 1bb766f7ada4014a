#include <map>
#include <set>

#include "passes/fuse/sharers.h"
#include "passes/fuse/steps.h"
#include "passes/graph/dag.h"

namespace cgan_jit {
namespace {

/// A value that kernels over so many rows read.
using Shared = std::pair<Value, int64_t>;

constexpr int64_t large_kernel = 1 << 20;  // elements of its frame, which no cache keeps
constexpr int64_t least_part = 16;         // of the frame, that is worth reading but once

/// Beside all else that the kernel reads and writes it is nothing. Kernels that have only that in common
/// would be many streams at a time (the updates of ten layers: thirty), which caches and their prefetchers
/// do not follow.
bool is_negligible(const FusionState& state, const FusedKernel& kernel, Value value) {
  const int64_t frame = element_count(state.graph.shape(kernel.frame));
  const bool is_small = element_count(state.graph.shape(value)) < frame / least_part;
  return frame >= large_kernel && (is_small || is_immediate(state.graph[value]));
}

/// What a kernel that may have siblings reads, scalars aside, and what is next to nothing.
std::set<Shared> shared_values(const FusionState& state, const FusedKernel& kernel) {
  std::set<Shared> all;
  if (kernel.nodes.empty() || kernel.anchor || kernel.split != Split::rows) return all;
  const int64_t rows = state.graph.shape(kernel.frame)[kernel.rows_axis()];
  for (Value node : kernel.nodes) {
    for (const Read& read : state.reads[index(node)]) {
      if (element_count(state.graph.shape(read.base)) > 1 && !is_negligible(state, kernel, read.base))
        all.insert({read.base, rows});
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
      if (!is_assembled(state.graph.nodes()[i])) continue;
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

class SiblingMerging {
 public:
  explicit SiblingMerging(FusionState& state)
      : state_(state), waits_(waits_of_kernels(state)), forest_(waits_.forest()) {
    std::map<Shared, std::vector<int>> kernels;
    for (size_t k = 0; k < state.kernels.size(); ++k) {
      shared_.push_back(shared_values(state, state.kernels[k]));
      for (const Shared& shared : shared_[k]) kernels[shared].push_back(static_cast<int>(k));
    }
    for (auto& [shared, all] : kernels) sharers_.emplace(shared, Sharers(std::move(all), forest_));
  }

  void run() {
    for (size_t k = 0; k < state_.kernels.size(); ++k) merge_into(static_cast<int>(k));
  }

 private:
  /// Later ones, in their order. What hangs below one that waits for this one waits for it, too.
  void merge_into(int kernel) {
    Subtrees waiting;
    waiting.add(forest_.below[kernel]);
    for (int other = kernel; (other = next_sharer(kernel, other, waiting)) != Sharers::none;) {
      if (waits_.reaches(kernel, other)) {
        waiting.add(forest_.below[other]);
      } else if (has_room(state_.kernels[kernel], state_.kernels[other].nodes.size()) &&
                 !waits_.reaches(other, kernel)) {
        merge(kernel, other);
        waiting.add(forest_.below[other]);
      }
    }
  }

  /// The first kernel after `last` that reads something that `kernel` reads over as many rows.
  int next_sharer(int kernel, int last, const Subtrees& left_out) const {
    int next = Sharers::none;
    for (const Shared& shared : shared_[kernel]) {
      const int found = sharers_.at(shared).next(last, left_out);
      if (found != Sharers::none && (next == Sharers::none || found < next)) next = found;
    }
    return next;
  }

  void merge(int into, int from) {
    FusedKernel &target = state_.kernels[into], &source = state_.kernels[from];
    for (Value node : source.nodes) {
      state_.kernel_of[index(node)] = into;
      target.nodes.push_back(node);
    }
    target.row_axis.insert(source.row_axis.begin(), source.row_axis.end());
    source.nodes.clear();
    waits_.contract(into, from);
    for (const Shared& shared : shared_[from]) sharers_.at(shared).erase(from);
    shared_[into].merge(shared_[from]);
    shared_[from].clear();
  }

  FusionState& state_;
  Dag waits_;
  const Forest forest_;
  std::vector<std::set<Shared>> shared_;  // by each kernel
  std::map<Shared, Sharers> sharers_;
};

}  // namespace

void merge_siblings(FusionState& state) { SiblingMerging(state).run(); }

}  // namespace cgan_jit
