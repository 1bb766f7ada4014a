#pragma once

#include <string>
#include <vector>

#include "ir/graph.h"

namespace cgan_jit {

enum class Fusion : uint8_t {
  full,          // anchors with producers and epilogues
  none,          // every node that computes is a kernel of its own; views, constants and scalars fold into their readers
  updates_only,  // as none, but each param's update is one kernel, as a fused optimiser has it
};

/// Nodes that one kernel computes. The block is what a thread holds in cache while it finishes it.
struct FusedKernel {
  std::vector<Value> nodes;    // in graph order; scalars and cheap producers may appear in several kernels
  std::vector<Value> results;  // those nodes that others read: they go to memory
  std::optional<Value> anchor;  // contract, reduce, scatter or deposit that fills the block
  /// The axis of the *anchor's or largest node's* shape that the kernel is split along, or -1: one block.
  /// rows: every node carries this axis and the block holds everything else; reductions over other axes may join.
  /// lane_panels: the split is by blocks of the lane axis; every node is elementwise on the block.
  enum class Split : uint8_t { whole, rows, lane_panels } split = Split::whole;
  std::vector<int> row_axis;  // for each node: its axis that is the kernel's split axis, -1 if it has none (the same for all rows)
};

/// A graph cut into kernels, in an order in which they may run.
struct FusedGraph {
  Graph graph;
  std::vector<FusedKernel> kernels;
};

FusedGraph fuse(const Graph& graph, Fusion fusion);

}  // namespace cgan_jit
