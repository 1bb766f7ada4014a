#pragma once

#include "passes/lower/contractions.h"
#include "passes/lower/nests.h"

namespace cgan_jit {

// How a kernel that is cut into rows works through them: decided from shapes, layouts, nests and the target.

/// Rows of a unit. `contract`: of the anchor, if that is a product in tiles; `together`: so many are read in
/// one go.
int64_t rows_of_a_unit(const KernelContext& in, const Nests& nests, const ContractLowering* contract,
                       int64_t together);
/// So many of `count` rows are computed together, side by side: the next ones share the words of a Philox
/// block, or lie next in memory.
int rows_at_once(const KernelContext& in, const Nests& nests, int64_t count);
/// Most of them.
constexpr int most_kept_rows = 4;

/// A unit does all of its rows for one panel of lanes before the next, since nothing needs a whole row but
/// sums over the lanes, whose 16 partial sums wait for the next panel.
bool goes_by_panels(const KernelContext& in, const Nests& nests);

/// The nest may go over all rows of a unit at each place of its other axes: rows lie side by side, it works
/// element by element, and what it writes stays in the cache until the next nest reads it.
bool may_go_over_rows(const KernelContext& in, const Nest& nest, int64_t rows);

/// The axis lies next to the lanes.
bool is_innermost(const Node& node, int axis);

}  // namespace cgan_jit
