#pragma once

#include "cli/bench_setup.h"

namespace cgan_jit::cli {

/// Draws bench.chart, which bench/compare.py writes, as bench.picture (else the file's own name) + .svg and
/// .png: a bar a contestant, as long as its 50 epochs take, and one for each time that was measured
/// elsewhere. Throws Error "FILE: what" when the file is not as --help says, io::WriteError.
void draw_chart(const Bench& bench);

}  // namespace cgan_jit::cli
