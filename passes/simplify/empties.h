#pragma once

#include "ir/graph.h"

namespace cgan_jit {

/// The same program, in which nobody reads a value without elements: such values, and sums of no terms, are
/// constants, and concats have no empty parts. What else there is stays as it is.
Graph without_empties(const Graph& graph);

}  // namespace cgan_jit
