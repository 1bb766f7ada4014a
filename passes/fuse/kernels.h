#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "passes/graph/access.h"
#include "passes/products/roles.h"

namespace cgan_jit {

/// What may join a kernel; whatever may not is a kernel of its own, with its result in memory. Views,
/// constants and scalars fold into their readers always.
struct Fusion {
  bool elementwise = true;  // nodes join those they read, where no tile is computed
  bool tiles = true;        // nodes join the contraction (scatter, deposit) whose block they read
  bool optimiser = true;    // what updates a param joins the kernel that makes the gradient
  bool updates = false;     // without elementwise: nodes of updates join each other all the same, as a fused
                            // optimiser has it
};

/// How a kernel's work is cut into independent units.
enum class Split : uint8_t {
  whole,        // not at all
  rows,         // along one axis that every block node carries: a unit is some rows with everything else, so
                // that reductions over other axes may join
  lane_panels,  // along blocks of the lane axis: every node is elementwise on the frame's shape, a sum that
                // makes it, or computed inside one
};

/// Nodes that one kernel computes: an anchor (contract, scatter, deposit, or none) that fills a block in
/// cache, and loops over the block.
struct FusedKernel {
  std::vector<Value> nodes;    // in graph order, without inline scalars that are not placed
  std::vector<Value> results;  // those nodes that must be in memory
  std::vector<Value> loads;    // what it reads from memory: leaves, concats and other kernels' results
  std::optional<Value> anchor;
  Split split = Split::whole;
  Value frame{};                       // the node that gives the kernel its shape
  std::optional<ContractRoles> roles;  // of an anchor that fills its block in register tiles
  std::map<Value, int> row_axis;  // with Split::rows: each block node's axis that is the kernel's row axis.
                                  // Nodes without one are computed inside their reader

  int rows_axis() const { return row_axis.at(frame); }
};

/// A graph cut into kernels, which stand in no particular order (Storage's `before` has what it must be).
struct FusedGraph {
  Graph graph;
  std::vector<std::vector<Read>> reads;  // of every node, seen through views and inline scalars
  std::vector<FusedKernel> kernels;
  std::map<Value, std::vector<size_t>> outputs_of;  // the outputs that each value is, seen through renamings
};

/// The kernels as text: what each computes, keeps in memory and how it is cut.
std::string print(const FusedGraph& fused);

}  // namespace cgan_jit
