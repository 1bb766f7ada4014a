#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "passes/access.h"

namespace cgan_jit {

enum class Fusion : uint8_t {
  full,  // anchors with producers and epilogues
  none,  // every node that computes is a kernel of its own; views, constants and scalars fold into their
         // readers
  updates_only,  // as none, but each param's update is one kernel, as a fused optimiser has it
};

/// How a kernel's work is cut into independent units.
enum class Split : uint8_t {
  whole,        // not at all
  rows,         // along one axis that every block node carries: a unit is some rows with everything else, so
                // that reductions over other axes may join
  lane_panels,  // along blocks of the lane axis: every node is elementwise on the frame's shape
};

/// Nodes that one kernel computes: an anchor (contract, scatter, deposit, or none) that fills a block in
/// cache, and loops over the block.
struct FusedKernel {
  std::vector<Value> nodes;    // in graph order, without inline scalars that are not placed
  std::vector<Value> results;  // those nodes that must be in memory
  std::optional<Value> anchor;
  Split split = Split::whole;
  Value frame{};                  // the node that gives the kernel its shape
  std::map<Value, int> row_axis;  // with Split::rows: each block node's axis that is the kernel's row axis.
                                  // Nodes without one are computed inside their reader

  int rows_axis() const { return row_axis.at(frame); }
};

/// A graph cut into kernels, which stand in no particular order (kernel_order in passes/storage.h).
struct FusedGraph {
  Graph graph;
  std::vector<FusedKernel> kernels;
};

FusedGraph fuse(const Graph& graph, Fusion fusion);

/// True for values that every reader computes for itself: elementwise scalars.
bool is_inline_scalar(const Graph& graph, Value value);
/// What `value` reads, seen through views and inline scalars.
std::vector<Read> effective_reads(const Graph& graph, Value value);

/// The kernels as text: what each computes, keeps in memory and how it is cut.
std::string print(const FusedGraph& fused);

/// A contraction as register tiles see it: one side holds the lanes, the other one is broadcast.
struct ContractRoles {
  int vector_side = 0;        // operand 0 or 1; the other one is broadcast
  int row_axis = 0;           // of the result: the broadcast side's longest own axis
  int lane_axis = 0;          // of the result
  int vector_coordinate = 0;  // the vector side's axis that the lanes walk along
  bool transposed = false;    // that axis is not the one that lies in lanes there
};
/// Nothing if it cannot be tiled: windows, guards, lanes on both sides.
std::optional<ContractRoles> contract_roles(const Graph& graph, Value contract);

/// A value as another one, `base`, with its axes renamed: permuted, unit axes added or dropped.
struct Renaming {
  Value base;
  std::vector<int> axes;  // for each axis of base the value's; -1: a unit axis that the value lacks
};
/// `value` itself if it is no other one renamed.
Renaming renamed_base(const Graph& graph, Value value);

/// Values that must be written to memory by a kernel: outputs and parts of concats, seen through renamings,
/// and inline scalars that are read at a place found at run time.
std::vector<bool> placed_values(const Graph& graph);

}  // namespace cgan_jit
