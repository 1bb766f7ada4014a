#pragma once

#include "runtime/program.h"
#include "runtime/team.h"

namespace cgan_jit {

/// GFLOP/s of all threads together: each runs its unit of `call` (as many units as threads) again and again
/// for about `seconds`.
double probe_gflops(Team& team, const Call& call, double flops_per_unit, double seconds);

/// GB/s that all threads together read from a block of `bytes`, each its own part, for about `seconds`. More
/// than the caches hold: memory's speed.
double probe_memory_gbps(Team& team, int64_t bytes, double seconds);

}  // namespace cgan_jit
