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

/// `poisson_nll_loss(x, target, {.log_input = false})`.
struct PoissonNllOptions {
  bool log_input = true;  // x is the rate's logarithm
  bool full = false;      // with Stirling's log(target!) of targets above 1
  float eps = 1e-8f;      // is added to a rate of which a logarithm is taken
  Reduction reduction = Reduction::mean;
};
/// rate - target log rate.
Tensor poisson_nll_loss(const Located& x, const Operand& target, const PoissonNllOptions& how = {});
/// `gaussian_nll_loss(x, target, var, {.full = true})`.
struct GaussianNllOptions {
  bool full = false;  // with log(2 pi) / 2
  float eps = 1e-6f;  // no variance counts as less; positive
  Reduction reduction = Reduction::mean;
};
/// (log var + (x - target)^2 / var) / 2; var broadcasts to x and target. Its gradient is that of the variance
/// that counts.
Tensor gaussian_nll_loss(const Located& x, const Operand& target, const Located& var,
                         const GaussianNllOptions& how = {});

/// log(1 + e^(-target x)); targets are 1 or -1, here and below.
Tensor soft_margin_loss(const Located& x, const Operand& target, Reduction reduction = Reduction::mean);
/// x where the target is 1, max(0, margin - x) where it is -1.
Tensor hinge_embedding_loss(const Located& x, const Operand& target, float margin = 1,
                            Reduction reduction = Reduction::mean);
/// max(0, margin - target (a - b)): a is to be the larger one where the target is 1.
Tensor margin_ranking_loss(const Located& a, const Located& b, const Operand& target, float margin = 0,
                           Reduction reduction = Reduction::mean);
/// a and b [n,d] by target [n], or [d] by a scalar: 1 - c where the target is 1, max(0, c - margin) where it
/// is -1, c = sum(a b) / sqrt((sum(a^2) + 1e-12) (sum(b^2) + 1e-12)).
Tensor cosine_embedding_loss(const Located& a, const Located& b, const Operand& target, float margin = 0,
                             Reduction reduction = Reduction::mean);
/// `triplet_margin_loss(anchor, positive, negative, {.swap = true})`.
struct TripletMarginOptions {
  float margin = 1, eps = 1e-6f;
  bool swap = false;  // the negative's distance is that from the positive, if it is less
  Reduction reduction = Reduction::mean;
};
/// [...,d] all: max(0, margin + distance from the positive - that from the negative), of pairwise_distance by
/// eps (Balntas et al. 2016).
Tensor triplet_margin_loss(const Located& anchor, const Located& positive, const Located& negative,
                           const TripletMarginOptions& how = {});

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
