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

// x (p - target) + log(1 + e^-|x|) with p = 1 where x > 0, else 0. Whatever the target, nothing large is
// subtracted from the small second term, nor from its gradient, which at 0 is the right one, 1/2.
Tensor bce_with_logits_loss(const Located& logits, const Operand& target) {
  require_dtype(logits, DType::f32, "bce_with_logits_loss");
  const Operand x = at(logits, logits);
  const Tensor positive = cast({x > 0, logits.where}, DType::f32);
  const Tensor tail = log1p(exp(x * (1 - positive * 2)));
  return mean({x * (at(positive, logits) - target) + tail, logits.where});
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
