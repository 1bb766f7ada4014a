#pragma once

#include "bench/nets/training_step.h"

namespace cgan_jit::nets {

struct LenetSizes {
  int64_t batch = 64, side = 28;
  std::vector<int64_t> features = {32, 64};
  int64_t hidden = 128, classes = 10;
};
/// For each count of features a convolution of 5 x 5 with padding 2, ReLU and max pooling by 2; a Linear,
/// ReLU, a last Linear, softmax cross-entropy, Adam.
///   inputs  "x" f32 [batch, 1, side, side], "labels" i32 [batch]
///   output  "loss"
TrainingStep lenet(const LenetSizes& sizes);

}  // namespace cgan_jit::nets
