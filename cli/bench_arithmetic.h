#pragma once

#include "bench/nets/training_step.h"

namespace cgan_jit::cli {

/// The arithmetic of a step's sums of products, in 1e9 operations (a multiplication and an addition are two),
/// counted in the programs as the passes up to `distribute` leave them, without dead work: contractions, and
/// sums that are none for want of a second axis but of which a factor is spread (a matrix by a vector).
/// Outer products and all that goes element by element are left out, as are what two programs compute alike.
double counted_gflop(const nets::TrainingStep& step);

}  // namespace cgan_jit::cli
