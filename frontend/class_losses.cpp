#include "frontend/loss_parts.h"
#include "ir/standard_floats.h"

namespace cgan_jit {
namespace {

/// log p, -100 where it is less; there the logarithm is asked of 1, so that its gradient is 0.
Located clamped_log(const Located& p) {
  constexpr double smallest = 0x1p-144;  // whose logarithm is -99.8
  const Located low = at(p < smallest, p);
  return at(where(low, -100, log(at(where(low, 1, p), p))), p);
}

}  // namespace

Tensor bce_loss(const Located& p, const Operand& target, Reduction reduction) {
  require_target(p, target, "bce_loss");
  const Located of_true = clamped_log(p), of_false = clamped_log(at(1 - p, p));
  return reduced(at((of_false - of_true) * target - of_false, p), reduction);
}

// x (p - target) + log(1 + e^-|x|) with p = 1 where x > 0, else 0. Whatever the target, nothing large is
// subtracted from the small second term, nor from its gradient, which at 0 is the right one, 1/2.
Tensor bce_with_logits_loss(const Located& logits, const Operand& target, Reduction reduction) {
  require_target(logits, target, "bce_with_logits_loss");
  const Operand x = logits;
  const Tensor positive = cast({x > 0, logits.where}, DType::f32);
  const Tensor tail = log1p(exp(x * (1 - positive * 2)));
  return reduced({x * (at(positive, logits) - target) + tail, logits.where}, reduction);
}

Tensor kl_div(const Located& x, const Located& target, Reduction reduction) {
  require_target(x, target, "kl_div");
  const Located t = at(target, x), positive = at(t > 0, x);
  const Tensor entropy = where(positive, t * log(at(where(positive, t, 1), x)), 0);
  return reduced(at(at(entropy, x) - t * x, x), reduction);
}

namespace {

/// Labels, as what a loss over classes asks of them.
class Labels {
 public:
  Labels(const Located& x, const Located& labels, const std::optional<Tensor>& weight, int64_t ignored,
         std::string_view op)
      : x_(x), weight_(weight) {
    require_fit(labels, op);
    Shape classes(x.shape().size() - 1, 1);
    classes[0] = x.shape()[1];
    const Tensor label = cast(at(labels, x), DType::i32);
    const Tensor of_class = x.builder->iota(1, x.shape(), x.where);
    is_label_ = of_class == unsqueeze(at(label, x), 1);
    if (labels.dtype() == DType::i32) counts_ = at(label, x) != ignored;
    if (labels.dtype() == DType::u8 && ignored >= 0 && ignored < 256) counts_ = at(label, x) != ignored;
    if (weight_) weight_ = reshape(at(*weight_, x), classes);
  }

  /// The label's element of `of_classes` [n,classes,...]; 0 of a label outside.
  Tensor picked(const Tensor& of_classes) const {
    return sum(at(where(at(is_label_, x_), of_classes, 0), x_), {1});
  }
  Tensor weighted(const Tensor& of_classes) const {
    return weight_ ? at(of_classes, x_) * *weight_ : of_classes;
  }
  /// The labels' losses times their classes' weights.
  Tensor by_weight(const Tensor& losses) const {
    return weight_ ? at(losses, x_) * weight_of_label() : losses;
  }
  Tensor reduced_by_weight(const Tensor& losses, Reduction reduction) const {
    const Located counted = at(counts_ ? where(at(*counts_, x_), losses, 0) : losses, x_);
    if (reduction != Reduction::mean || (!weight_ && !counts_)) return reduced(counted, reduction);
    const Tensor share = weight_ ? weight_of_label() : x_.builder->constant(1, DType::f32, losses.shape());
    const Tensor counted_share = counts_ ? where(at(*counts_, x_), share, 0) : share;
    return at(sum(counted), x_) / sum(at(counted_share, x_));
  }

 private:
  Tensor weight_of_label() const { return picked(broadcast_to(at(*weight_, x_), x_.shape())); }

  void require_fit(const Located& labels, std::string_view op) const {
    Shape wanted = x_.shape();
    if (wanted.size() > 1) wanted.erase(wanted.begin() + 1);
    if (x_.rank() < 2 || labels.shape() != wanted)
      fail(x_.where, fmt::format("{}: {} by labels {}: they are [n,classes,...] by [n,...]", op,
                                 to_string(x_.shape()), to_string(labels.shape())));
    require_dtype(x_, DType::f32, op);
    if (labels.dtype() != DType::i32 && labels.dtype() != DType::u8)
      fail(x_.where, fmt::format("{}: the labels are {}, not i32 or u8", op, to_string(labels.type())));
    require_own(x_, labels, op);
    if (!weight_) return;
    require_own(x_, *weight_, op);
    if (weight_->type() != Type{DType::f32, {x_.shape()[1]}})
      fail(x_.where, fmt::format("{}: weight {}: it is f32[{}], one a class", op, to_string(weight_->type()),
                                 x_.shape()[1]));
  }

  const Located& x_;
  std::optional<Tensor> weight_, counts_;  // [classes,1,...]; bool [n,...]: not ignored, where any may be
  Tensor is_label_;                        // bool [n,classes,...]
};

}  // namespace

Tensor nll_loss(const Located& x, const Located& labels, const NllOptions& how) {
  const Labels of(x, labels, how.weight, how.ignore_index, "nll_loss");
  return of.reduced_by_weight(of.by_weight(-at(of.picked(x), x)), how.reduction);
}

// The largest logit is subtracted as a constant: the loss does not depend on it.
Tensor cross_entropy(const Located& logits, const Located& labels, const CrossEntropyOptions& how) {
  const StandardFloats standard;
  const Labels of(logits, labels, how.weight, how.ignore_index, "cross_entropy");
  const float smooth = how.label_smoothing;
  if (!(smooth >= 0 && smooth <= 1))
    fail(logits.where, fmt::format("cross_entropy: label_smoothing {} is not in [0, 1]", smooth));
  const Located shifted = at(logits - detach(at(max_keepdim(logits, {1}), logits)), logits);
  const Located normaliser = at(log(at(sum(at(exp(shifted), logits), {1}), logits)), logits);
  Tensor losses = of.by_weight(normaliser - of.picked(shifted));
  if (smooth > 0) {
    const Tensor surprises = at(unsqueeze(normaliser, 1), logits) - shifted;
    const Located of_all = at(sum(at(of.weighted(surprises), logits), {1}), logits);
    const double share = static_cast<double>(smooth) / static_cast<double>(logits.shape()[1]);
    losses = at(losses, logits) * (1 - smooth) + of_all * share;
  }
  return of.reduced_by_weight(losses, how.reduction);
}

}  // namespace cgan_jit
