#pragma once

#include "frontend/ops.h"

namespace cgan_jit {

// Means over all elements, f32 scalars. Throw Error when the shapes do not broadcast.

/// mean((x - target)^2).
Tensor mse_loss(const Located& x, const Operand& target);
/// mean of -(target log s(x) + (1 - target) log(1 - s(x))), s the logistic function, without overflow for any
/// x.
Tensor bce_with_logits_loss(const Located& logits, const Operand& target);
/// logits [batch, classes], labels i32 or u8 [batch]: mean of log(sum of exp(logits)) - logits[label]. A
/// label outside adds no logit.
Tensor cross_entropy(const Located& logits, const Located& labels);

}  // namespace cgan_jit
