#pragma once

#include <optional>

#include "ir/graph.h"

namespace cgan_jit {

/// A contraction as register tiles see it: one side holds the lanes, the other one is broadcast.
struct ContractRoles {
  int vector_side = 0;        // operand 0 or 1; the other one is broadcast
  int row_axis = 0;           // of the result: the broadcast side's longest own axis
  int lane_axis = 0;          // of the result
  int vector_coordinate = 0;  // the vector side's axis that the lanes walk along
  bool transposed = false;    // that axis is not the one that lies in lanes there
};
/// Nothing if it cannot be tiled: guards on rows or lanes, lanes on both sides.
std::optional<ContractRoles> contract_roles(const Graph& graph, Value contract);
/// The same if the contraction lay so.
std::optional<ContractRoles> contract_roles(const Graph& graph, Value contract, const Layout& layout);

/// A coordinate of an operand that some points of a contraction's iteration space lead outside: their terms
/// are left out.
struct TermGuard {
  Affine coordinate;  // of the iteration space
  int64_t extent = 0;
  bool below = false, above = false;  // which ends it leaves
};
std::vector<TermGuard> term_guards(const Graph& graph, Value contract);

}  // namespace cgan_jit
