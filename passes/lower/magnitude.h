#pragma once

#include "ir/graph.h"

namespace cgan_jit {

/// What |value| cannot exceed at any element, as far as the chain of scalings and casts that made it tells;
/// infinity where it tells nothing.
double magnitude_of(const Graph& graph, Value value);

}  // namespace cgan_jit
