#pragma once

#include "runtime/program.h"
#include "runtime/team.h"

namespace cgan_jit {

/// Units a second of all threads together: each runs its unit of `call` (as many units as threads) again and
/// again for about `seconds`.
double probe_units(Team& team, const Call& call, double seconds);

}  // namespace cgan_jit
