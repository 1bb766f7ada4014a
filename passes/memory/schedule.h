#pragma once

#include <vector>

#include "passes/memory/storage.h"
#include "passes/program.h"

namespace cgan_jit {

/// Kernels in phases: a kernel stands in the first phase after everything that must be complete before it.
/// One that overwrites a param panel by panel may stand in the phase of those that read it, if they read the
/// same panel in the same unit: they form a chain.
std::vector<PlannedPhase> schedule(const FusedGraph& fused, const Storage& storage);

/// The same order, a phase a kernel.
std::vector<PlannedPhase> schedule_one_by_one(const Storage& storage);

}  // namespace cgan_jit
