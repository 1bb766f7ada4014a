#pragma once

#include <cstdint>
#include <vector>

#include "passes/fuse/prefix_maximum.h"
#include "passes/fuse/state.h"

namespace cgan_jit {

/// Which kernels need which, as nodes join them: the search for circles.
class CircleSearch {
 public:
  explicit CircleSearch(const FusionState& state)
      : state_(state), furthest_(state.graph.size()), seen_in_(state.graph.size(), 0) {}

  void has_entered(Value value, int kernel);
  /// Whether something else that `value` reads depends on the kernel, whole kernels at a time.
  bool makes_circle(Value value, int kernel);

 private:
  bool ends_before(uint32_t first, Value value) const;
  bool depends(Value value, int kernel);

  const FusionState& state_;
  std::vector<uint32_t> first_node_, last_node_;  // of each kernel
  PrefixMaximum furthest_;                        // the last node of each kernel, at its first
  std::vector<int> seen_in_;                      // of each node, the search for a path that saw it
  int search_ = 0;
};

}  // namespace cgan_jit
