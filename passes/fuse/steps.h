#pragma once

#include "passes/fuse/state.h"

namespace cgan_jit {

// The steps of `fuse`, in their order.

/// Puts every computed node into a kernel: that of something it reads, or of what reads it if it waits for
/// nothing, if it may and can be cut the same way and no circle comes of it; else one of its own.
void join_nodes(FusionState& state);

/// A cheap node whose readers are all in one other kernel moves there, unless that would put more bytes into
/// memory than it saves.
void sink_nodes(FusionState& state);

/// Kernels without an anchor over the same rows that read something in common become one. What is left of the
/// others is a kernel without nodes.
void merge_siblings(FusionState& state);

}  // namespace cgan_jit
