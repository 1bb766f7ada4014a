#pragma once

#include "ir/target.h"
#include "passes/fuse/fuse.h"
#include "passes/memory/storage.h"
#include "passes/program.h"

namespace cgan_jit {

/// One fused kernel as loops.
LoweredKernel lower_kernel(const FusedGraph& fused, const Storage& storage, int kernel, const Target& target);

/// The kernel that copies one root into another of the same size (an update that could not be made in place).
LoweredKernel lower_copy(const Storage& storage, const LateCopy& copy);

}  // namespace cgan_jit
