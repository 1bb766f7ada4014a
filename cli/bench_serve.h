#pragma once

#include "cli/bench_setup.h"

namespace cgan_jit::cli {

// Answers on stdout to a program that measures this one beside others.

/// For each line K of standard input: K steps, and the seconds that they took. The first word is "ready".
void serve_steps(const Bench& bench);
/// The same protocol; the answer to any line is the peak in GFLOP/s.
void serve_peak(const Bench& bench);
/// Of a step, in GFLOP.
void print_least_gflop(const Bench& bench);

}  // namespace cgan_jit::cli
