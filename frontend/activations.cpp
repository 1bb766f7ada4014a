#include <cmath>
#include <numbers>

#include "frontend/emit.h"
#include "frontend/ops.h"

namespace cgan_jit {
namespace {

Located checked(const Located& x, std::string_view op) {
  require_dtype(x, DType::f32, op);
  return x;
}

/// x less its maximum along the axis, a constant: neither softmax depends on it.
Located shifted(const Located& x, int axis, std::string_view op) {
  axis = checked_axis(checked(x, op), axis, op);
  return at(x - detach(at(max_keepdim(x, {axis}), x)), x);
}

}  // namespace

Tensor softmax(const Located& x, int axis) {
  const Located powers = at(exp(shifted(x, axis, "softmax")), x);
  // One division a sum, in the gradient, too.
  return powers * at(1 / at(sum_keepdim(powers, {axis}), x), x);
}

Tensor log_softmax(const Located& x, int axis) {
  const Located less = shifted(x, axis, "log_softmax");
  return less - log(at(sum_keepdim(at(exp(less), x), {axis}), x));
}

Tensor gelu(const Located& x, Approximate how) {
  const Located half = at(checked(x, "gelu") * 0.5, x);
  if (how == Approximate::none) return half * (erf(at(x * std::numbers::sqrt2 / 2, x)) + 1);
  const Tensor inner = x * (x * x * 0.044715 + 1) * std::sqrt(2 * std::numbers::inv_pi);
  return half * (tanh(at(inner, x)) + 1);
}

Tensor silu(const Located& x) { return x * sigmoid(checked(x, "silu")); }

// Of the branch not taken nothing grows: e^x is asked of negative numbers alone. (Of two equal operands the
// second gets the gradient: x, at 0.)
Tensor elu(const Located& x, float alpha) {
  const Located below = at(minimum(Operand(0, x.where), checked(x, "elu")), x);
  return where(at(x > 0, x), x, at(expm1(below), x) * alpha);
}

Tensor prelu(const Located& x, const Located& weight) {
  require_own(checked(x, "prelu"), weight, "prelu");
  require_dtype(at(weight, x), DType::f32, "prelu");
  const bool is_one = weight.shape() == Shape{1};
  if (!is_one && (x.rank() < 2 || weight.shape() != Shape{x.shape()[1]}))
    fail(x.where, fmt::format("prelu: {} by weight {}: it is [1], or [c] for [n,c,...]", to_string(x.shape()),
                              to_string(weight.shape())));
  const Tensor slope = is_one ? reshape(at(weight, x), {}) : by_channel(x, weight);
  return emit_map(x.where, Fn::leaky_relu, {x, broadcast_to(at(slope, x), x.shape())}, "prelu");
}

Tensor softplus(const Located& x, float beta, float threshold) {
  if (!(beta > 0)) fail(x.where, fmt::format("softplus: beta {} is not positive", beta));
  const Located scaled = at(checked(x, "softplus") * beta, x);
  const Located small = at(minimum(Operand(threshold, x.where), scaled), x);
  return where(at(scaled > threshold, x), x, at(log1p(at(exp(small), x)), x) / beta);
}

}  // namespace cgan_jit
