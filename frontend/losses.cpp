#include "frontend/losses.h"

namespace cgan_jit {

namespace {

Operand at(const Tensor& x, const Located& located) { return {x, located.where}; }

}  // namespace

Tensor mse_loss(const Located& x, const Operand& target) {
  require_dtype(x, DType::f32, "mse_loss");
  const Tensor error = at(x, x) - target;
  return mean({error * error, x.where});
}

// max(x, 0) is written (x + |x|) / 2: the same value, and the right derivative, 1/2, at 0.
Tensor bce_with_logits_loss(const Located& logits, const Operand& target) {
  require_dtype(logits, DType::f32, "bce_with_logits_loss");
  const Tensor size = abs(logits);
  const Tensor positive = (at(logits, logits) + size) * 0.5;
  return mean({positive - at(logits, logits) * target + log(exp(-size) + 1), logits.where});
}

// The largest logit is subtracted as a constant: the loss does not depend on it.
Tensor cross_entropy(const Located& logits, const Located& labels) {
  const bool fits = logits.rank() == 2 && labels.rank() == 1 && labels.shape()[0] == logits.shape()[0];
  if (!fits)
    fail(logits.where,
         fmt::format("cross_entropy: {} by {}", to_string(logits.shape()), to_string(labels.shape())));
  require_dtype(logits, DType::f32, "cross_entropy");
  if (labels.dtype() != DType::i32 && labels.dtype() != DType::u8)
    fail(logits.where,
         fmt::format("cross_entropy: the labels are {}, not i32 or u8", to_string(labels.type())));
  logits.builder->require_own(labels, logits.where);
  const Tensor classes = logits.builder->iota(1, logits.shape());
  const Tensor wanted = classes == reshape({cast(labels, DType::i32), logits.where}, {labels.shape()[0], 1});
  const Tensor shifted = at(logits, logits) - detach(max_keepdim(logits, {1}));
  const Tensor picked = sum(where(wanted, shifted, 0), {1});
  return mean(log(sum(exp(shifted), {1})) - picked);
}

}  // namespace cgan_jit
