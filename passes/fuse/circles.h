#pragma once

#include "passes/fuse/state.h"
#include "passes/graph/dag.h"

namespace cgan_jit {

/// What waits for what, as nodes join kernels: a kernel waits for all that its nodes wait for.
class Circles {
 public:
  explicit Circles(const FusionState& state);

  /// Lets `value` join the kernel. Returns false, and does nothing, if a path would lead out of the kernel
  /// and back.
  bool let_join(Value value, int kernel);

 private:
  const FusionState& state_;
  Dag waits_;  // nodes; those of a kernel are one vertex
};

}  // namespace cgan_jit
