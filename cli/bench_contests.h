#pragma once

#include "cli/bench_setup.h"

namespace cgan_jit::cli {

// Each measures steps in turns and prints what it found.

/// Fusion on, off, and off with each param's Adam in one kernel.
void compare_fusion(const Bench& bench);
/// The nets that the command line names.
void measure_models(const Bench& bench);
/// Each optional pass, and each part of one, switched off alone, and all of them.
void climb_ladder(const Bench& bench);
/// The step by one thread, two, and so on, beside what as many can do at most.
void scale_threads(const Bench& bench);
/// The time of every kernel of the nets that the command line names.
void profile_kernels(const Bench& bench);
/// Other sizes than the report's, and a net that is no GAN.
void sweep_sizes(const Bench& bench);

}  // namespace cgan_jit::cli
