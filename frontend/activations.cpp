#include "frontend/activations.h"

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

Tensor logsigmoid(const Located& x) { return -at(softplus(at(-checked(x, "logsigmoid"), x)), x); }

// Of two equal operands the second gets the gradient: the bound.
Tensor hardtanh(const Located& x, float low, float high) {
  if (!(low <= high)) fail(x.where, fmt::format("hardtanh: between {} and {}", low, high));
  return minimum(at(maximum(checked(x, "hardtanh"), low), x), high);
}

Tensor relu6(const Located& x) { return hardtanh(checked(x, "relu6"), 0, 6); }
Tensor hardsigmoid(const Located& x) { return at(relu6(at(checked(x, "hardsigmoid") + 3, x)), x) / 6; }
Tensor hardswish(const Located& x) { return x * hardsigmoid(checked(x, "hardswish")); }

// tanh(log(1 + u)) = n / (n + 2) = 1 - 2 / (n + 2), n = u (u + 2), u = e^x. Above 20 it is 1. The first one
// has a slope that cancels where n is large, the second one a value that does where it is small.
Tensor mish(const Located& x) {
  const Located u = at(exp(at(minimum(checked(x, "mish"), 20), x)), x), n = at(u * at(u + 2, x), x);
  const Located inverse = at(1 / at(n + 2, x), x);
  return x * where(at(n > 1, x), 1 - at(inverse * 2, x), n * inverse);
}

Tensor selu(const Located& x) {
  constexpr float alpha = 1.67326324235437728f;
  return at(elu(checked(x, "selu"), alpha), x) * 1.05070098735548049;
}

Tensor celu(const Located& x, float alpha) {
  if (!(alpha > 0)) fail(x.where, fmt::format("celu: alpha {} is not positive", alpha));
  const Located below = at(minimum(Operand(0, x.where), checked(x, "celu")), x);
  return where(at(x > 0, x), x, at(expm1(at(below / alpha, x)), x) * alpha);
}

Tensor softsign(const Located& x) { return x / at(at(abs(checked(x, "softsign")), x) + 1, x); }
Tensor tanhshrink(const Located& x) { return x - tanh(checked(x, "tanhshrink")); }

Tensor glu(const Located& x, int axis) {
  axis = checked_axis(checked(x, "glu"), axis, "glu");
  const int64_t extent = x.shape()[axis];
  if (extent % 2 != 0)
    fail(x.where, fmt::format("glu: {} has no halves along axis {}", to_string(x.shape()), axis));
  const Tensor gate = sigmoid(at(slice(x, axis, extent / 2, extent), x));
  return at(slice(x, axis, 0, extent / 2), x) * gate;
}

}  // namespace cgan_jit
