#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "frontend/tensor.h"

namespace cgan_jit::models {

/// A convolutional classifier of grey byte pictures after LeNet-5 (LeCun et al. 1998): twice a convolution, a
/// maximum over windows of 2 x 2 and ReLU; a Linear with ReLU, whose results are the picture's features; a
/// last Linear. Softmax cross-entropy, Adam.
struct RecogniserConfig {
  int64_t classes = 10;
  int64_t size = 32;                        // pixels a side
  std::array<int64_t, 2> kernels = {5, 3};  // pixels a side
  std::array<int64_t, 2> channels = {8, 24};
  int64_t features = 64;
  int64_t shift = 1;  // while training, pictures are moved by up to so many pixels each way
  double lr = 0.001;

  int64_t pixels() const { return size * size; }
  bool operator==(const RecogniserConfig&) const = default;
};

/// One training step.
///   inputs   "images" u8 [dataset_size * pixels] and "labels" u8 [dataset_size], the data set; "indices" i32
///            [batch], this step's rows of it; "seed" and "step" u32
///   outputs  "loss"; the updates of all params and moments
/// Random streams: 0, 1 how far each picture moves down and to the right.
Recording training_step(const RecogniserConfig& config, int64_t batch, int64_t dataset_size);
void record_training_step(Builder& builder, const RecogniserConfig& config, int64_t batch,
                          int64_t dataset_size);

/// Input "images" u8 [count, pixels]; outputs "logits" f32 [count, classes] and "features" f32 [count,
/// features].
Recording inference(const RecogniserConfig& config, int64_t count);

/// The params of the training step, optimiser state included, in the order of their declaration.
std::vector<ParamDecl> params(const RecogniserConfig& config);

}  // namespace cgan_jit::models
