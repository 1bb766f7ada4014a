#pragma once

#include "passes/fuse/kernels.h"
#include "passes/fuse/placement.h"

namespace cgan_jit {

/// Whether the kernel may write `update` over `param`, as far as its own reads of the param go: it reads
/// elements in the place, and before, it writes them.
bool overwrites_what_it_has_read(const FusedGraph& fused, const FusedKernel& kernel, Value param,
                                 const Renaming& update);

}  // namespace cgan_jit
