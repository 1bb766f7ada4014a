#pragma once

#include <optional>
#include <vector>

#include "passes/fuse/kernels.h"

namespace cgan_jit {

/// Kernels in the making, and what they are made of. A computed node is in one kernel or, so far, in none:
/// kernel_of says so, and the kernel's `nodes` have it once. A kernel of rows has a row axis for its frame.
/// No circle leads through kernels.
struct FusionState {
  const Graph& graph;
  const Fusion fusion;
  std::vector<std::vector<Read>> reads;     // of every node, seen through views and inline scalars
  std::vector<bool> placed;                 // must be written to memory
  std::vector<bool> computed;               // some kernel must compute it
  std::vector<std::vector<Value>> readers;  // of every node: the computed nodes that read it, once a read
  std::vector<bool> updating;               // serves nothing but updates of params
  std::vector<int> kernel_of;               // of every node; -1: none
  std::vector<FusedKernel> kernels;

  bool is_in(const FusedKernel& kernel, Value value) const {
    return kernel_of[index(value)] == &kernel - kernels.data();
  }
};

/// All nodes are in none.
FusionState without_kernels(const Graph& graph, Fusion fusion);

/// How a node takes part in a kernel.
struct Membership {
  std::optional<int> row_axis;  // of the node, with Split::rows; nothing: it is computed inside its reader
};
void put(FusionState& state, Value value, int kernel, Membership membership);

/// A kernel has so many nodes and no more.
bool has_room(const FusedKernel& kernel, size_t more = 1);
/// Whether those parts of fusion that are on have `value` in a kernel of this kind.
bool fusion_lets_join(const FusionState& state, Value value, const FusedKernel& kernel);
/// Whether somebody needs `value` in memory if that kernel computes it.
bool is_kept_by(const FusionState& state, int kernel, Value value);

}  // namespace cgan_jit
