#pragma once

#include "bench/nets/training_step.h"

namespace cgan_jit::nets {

/// The step that follows a classifier's logits [batch, classes]: softmax cross-entropy, Adam.
///   input   "labels" i32 [batch]
///   output  "loss"
TrainingStep classifying_step(Builder& builder, const Tensor& logits);

}  // namespace cgan_jit::nets
