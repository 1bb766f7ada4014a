#pragma once

#include "cli/bench_setup.h"

namespace cgan_jit::cli {

/// The processor's time that each pass, and code generation, takes for nets of 50, 100, 200, ... layers and
/// steps, up to `bench.deepest`, and how many times longer it takes for the deepest than for one half as
/// deep.
void measure_depths(const Bench& bench);

}  // namespace cgan_jit::cli
