#pragma once

#include <optional>

#include "ir/graph.h"

namespace cgan_jit {

/// Vectors of 16 sums that fill a tile in 32 registers.
constexpr int least_sums = 8;
/// Rows of a result that share one transposition of a side.
constexpr int64_t least_transposed_rows = 192;

/// A contraction as register tiles see it, rows x lanes of the result. One side has the lanes, and no rows
/// where the other one has them; that is broadcast, unless it walks along the lanes, too.
struct ContractRoles {
  int vector_side = 0;          // operand 0 or 1
  int row_axis = 0;             // of the result
  std::vector<int> jam_axes;    // of the result, short: a tile has all of them for each of its rows
  int lane_axis = 0;            // of the result
  int vector_coordinate = 0;    // the vector side's axis that the lanes walk along
  bool transposed = false;      // that axis is not the one that lies in lanes there
  std::vector<int> batch_axes;  // transposed: of the result, along which both sides walk; the vector side is
                                // transposed at each of their places
  bool shares = false;          // what is read for a row serves all lanes, and the other way round

  /// Along which a tile lies: its rows, its lanes, or what is jammed into rows.
  bool is_tile_axis(int axis) const;
};
/// Nothing if it cannot be tiled: guards on rows or lanes, an operand whose lanes lie elsewhere.
std::optional<ContractRoles> contract_roles(const Graph& graph, Value contract);
/// The same if the contraction lay so.
std::optional<ContractRoles> contract_roles(const Graph& graph, Value contract, const Layout& layout);

/// Rows of a contraction that come in panels of `width` are cut into units along those; but where the last
/// panel has too few of them for a tile.
bool cuts_rows_by_panels(const Node& contract, const ContractRoles& roles, int64_t width);

/// A coordinate of an operand that some points of a contraction's iteration space lead outside: their terms
/// are left out.
struct TermGuard {
  Affine coordinate;  // of the iteration space
  int64_t extent = 0;
  bool below = false, above = false;  // which ends it leaves
};
std::vector<TermGuard> term_guards(const Graph& graph, Value contract);

}  // namespace cgan_jit
