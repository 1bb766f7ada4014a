#pragma once

#include "ir/graph.h"

namespace cgan_jit {

/// Folds constants, applies algebra, turns scatters into reindexes and reduces where the map allows it, moves
/// slices to the leaves so that only what is read is computed, removes detach, writes fma, sets each reduce's
/// order from its shape, merges equal nodes and drops dead ones. Runs to a fixed point. What it may change,
/// and what not, is the law beside the list of rules (passes/simplify/rules.h).
Graph simplify(const Graph& graph);

}  // namespace cgan_jit
