#pragma once

#include <optional>

#include "passes/fuse/state.h"

namespace cgan_jit {

// How kernels are cut (Split), and whether a node can be cut the same way.

/// Puts `frame` into a new kernel, cut as suits it alone. It is the anchor, if it can be one.
void open_kernel(FusionState& state, Value frame);

/// How `value` takes part in `kernel` behind what it reads there; nothing if it cannot.
std::optional<Membership> membership_behind(const FusionState& state, const FusedKernel& kernel, Value value);

/// How `value` takes part in `kernel` before those of its readers that are there; nothing if it cannot: they
/// read it at other places than their own.
std::optional<Membership> membership_before(const FusionState& state, const FusedKernel& kernel, Value value);

}  // namespace cgan_jit
