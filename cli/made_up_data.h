#pragma once

#include "bench/nets/training_step.h"
#include "training/data_set.h"

namespace cgan_jit::cli {

/// What a step reads, the same values each time, drawn by Philox with seed 1 at step 0: f32 inputs U[0, 1)
/// from stream 0, i32 ones labels of ten classes from stream 1. Programs that name an input alike read the
/// same values. Throws Error for an input of another type.
training::DataSet made_up_data(const nets::TrainingStep& step);

}  // namespace cgan_jit::cli
