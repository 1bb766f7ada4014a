#pragma once

#include "passes/fuse/kernels.h"

namespace cgan_jit {

/// Cuts a graph into kernels.
FusedGraph fuse(const Graph& graph, Fusion fusion);

}  // namespace cgan_jit
