#pragma once

#include <set>
#include <vector>

#include "passes/fuse/kernels.h"

namespace cgan_jit {

/// Nodes of one shape that are computed in one nest of loops.
struct Nest {
  int level = 0;  // nests that it reads have a smaller one
  Shape shape;
  int row_axis = -1;
  int lane_axis = -1;     // -1: one value a row
  int64_t width = 1;      // of the blocks in which the lane axis lies
  std::vector<int> axes;  // the others, in the order in which they lie in memory
  std::vector<Value> nodes;

  bool has_lanes() const { return lane_axis >= 0; }
  bool same_loops(const Nest& other) const {
    return level == other.level && shape == other.shape && row_axis == other.row_axis &&
           lane_axis == other.lane_axis && width == other.width && axes == other.axes;
  }
};

/// Blocks of its lanes.
int64_t panel_count(const Nest& nest);

/// A kernel's nests, in the order in which they run. A node has a place in a nest if it is in memory in the
/// end, if several read it, if its one reader reads vectors of it again and again, if it sums, or if its
/// computation would go too deep; all others are computed inside their one reader.
struct Nests {
  std::vector<Nest> nests;
  std::set<Value> read_later;  // by a nest behind its own
};
Nests nests_of(const FusedGraph& fused, const FusedKernel& kernel);

/// The kernel's anchor fills a block in scratch before the nests run.
bool anchor_fills_block(const Graph& graph, const FusedKernel& kernel);

}  // namespace cgan_jit
