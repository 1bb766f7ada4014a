#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "frontend/tensor.h"

namespace cgan_jit::models {

/// A fully connected classifier of byte images: Linear and ReLU for each hidden width, a last Linear, softmax
/// cross-entropy, Adam.
struct ClassifierConfig {
  int64_t pixels = 784;
  int64_t classes = 10;
  std::vector<int64_t> widths = {1000, 1000};
  double lr = 0.001;
  bool operator==(const ClassifierConfig&) const = default;
};

/// One training step.
///   inputs   "images" u8 [dataset_size, pixels] and "labels" u8 [dataset_size], the data set; "indices" i32
///   [batch], this step's
///            rows of it; "step" u32
///   outputs  "loss"; the updates of all params and moments
Recording training_step(const ClassifierConfig& config, int64_t batch, int64_t dataset_size);

/// Input "images" u8 [count, pixels]; output "logits" f32 [count, classes].
Recording inference(const ClassifierConfig& config, int64_t count);

/// The params of the training step, optimiser state included, in the order of their declaration.
std::vector<ParamDecl> params(const ClassifierConfig& config);

}  // namespace cgan_jit::models
