#pragma once

#include "bench/nets/training_step.h"

namespace cgan_jit::nets {

struct MlpSizes {
  int64_t batch = 4096, in = 784;
  std::vector<int64_t> widths = {512, 512, 512};
  int64_t classes = 10;
};
/// Linear and ReLU for each width, a last Linear, softmax cross-entropy, Adam.
///   inputs  "x" f32 [batch, in], "labels" i32 [batch], "step"
///   output  "loss"
TrainingStep mlp(const MlpSizes& sizes);

struct ResidualMlpSizes {
  int64_t batch = 64, width = 256, blocks = 50, classes = 10;
};
/// x + relu(Linear(x)) for each block, a last Linear; else as `mlp`.
TrainingStep residual_mlp(const ResidualMlpSizes& sizes);

}  // namespace cgan_jit::nets
