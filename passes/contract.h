#pragma once

#include "ir/graph.h"

namespace cgan_jit {

/// reduce add of (mul of two reindexed values) becomes `contract`, wherever each side keeps an axis (of
/// extent > 1) of its own.
Graph contract(const Graph& graph);

}  // namespace cgan_jit
