#pragma once

#include "frontend/ops.h"

namespace cgan_jit {

// Losses. Under PyTorch's names and with its numbers. f32; two operands broadcast, or throw Error. None of
// them overflows.

/// What becomes of the elements' losses: their mean, an f32 scalar; their sum; or each of them.
enum class Reduction : uint8_t { mean, sum, none };

/// (x - target)^2.
Tensor mse_loss(const Located& x, const Operand& target, Reduction reduction = Reduction::mean);
/// |x - target|.
Tensor l1_loss(const Located& x, const Operand& target, Reduction reduction = Reduction::mean);
/// e = |x - target|: e^2 / (2 beta) below beta, else e - beta / 2. beta is not negative.
Tensor smooth_l1_loss(const Located& x, const Operand& target, Reduction reduction = Reduction::mean,
                      float beta = 1);
/// delta times smooth_l1_loss by beta = delta, which is positive and finite.
Tensor huber_loss(const Located& x, const Operand& target, Reduction reduction = Reduction::mean,
                  float delta = 1);
/// -(target log p + (1 - target) log(1 - p)), no logarithm below -100. p is in [0, 1]; by a p where its
/// logarithm is that low there is no gradient.
Tensor bce_loss(const Located& p, const Operand& target, Reduction reduction = Reduction::mean);
/// The same of p = 1 / (1 + exp(-logits)), for any logits.
Tensor bce_with_logits_loss(const Located& logits, const Operand& target,
                            Reduction reduction = Reduction::mean);
/// target (log target - x), x a logarithm; 0 where the target is 0. PyTorch's "batchmean" is the sum over the
/// batch's size.
Tensor kl_div(const Located& x, const Located& target, Reduction reduction = Reduction::mean);

/// `nll_loss(x, labels, {.weight = w})`.
struct NllOptions {
  std::optional<Tensor> weight;  // [classes]: each class's share in the mean; nothing: 1
  int64_t ignore_index = -100;   // no class: such a label has neither loss nor share
  Reduction reduction = Reduction::mean;
};
/// x [n,classes,...] logarithms of probabilities, labels i32 or u8 [n,...]: -weight[label] x[label]; the mean
/// is over the labels' weights. A label outside adds 0.
Tensor nll_loss(const Located& x, const Located& labels, const NllOptions& how = {});

/// NllOptions' and PyTorch's `label_smoothing`.
struct CrossEntropyOptions {
  std::optional<Tensor> weight;
  int64_t ignore_index = -100;
  Reduction reduction = Reduction::mean;
  float label_smoothing = 0;  // so much of a label is all classes' equally; in [0, 1]
};
/// logits [n,classes,...], labels i32 or u8 [n,...]: nll_loss(log_softmax(logits, 1), labels), but that a
/// label outside adds no logit.
Tensor cross_entropy(const Located& logits, const Located& labels, const CrossEntropyOptions& how = {});

}  // namespace cgan_jit
