#pragma once

#include "ir/graph.h"

namespace cgan_jit {

/// Independent contractions that share an operand (and its map) become one with a new outermost result axis:
/// the other operands are stacked by `reshape` + `concat 0`, results are slices. An add of contractions, or
/// of deposits, of equal shape becomes one that also sums over the new axis (the outermost). A concat whose
/// parts lie evenly spaced in another concat (or are such slices of one value) becomes a reindex of it, so
/// that no data moves.
Graph stack(const Graph& graph);

}  // namespace cgan_jit
