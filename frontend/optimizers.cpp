#include "frontend/optimizers.h"

#include <cmath>

#include "ir/standard_floats.h"

namespace cgan_jit {

namespace {

/// Throws Error at the loss's line when one of the tensors is no param of its builder.
void require_params(const Located& loss, const std::vector<Tensor>& params) {
  for (const Tensor& param : params) loss.builder->name_of_param(param, loss.where);
}

/// 1 - b^step, without cancellation.
Tensor one_minus_power(const Tensor& step, double b) {
  if (b == 0) return step.builder->constant(1);
  return -expm1(step * std::log(b));
}

/// lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) with numerator and denominator times sqrt(1 - b2^t):
/// what depends on the step alone is two scalars, and an element costs a division, a square root and an fma.
struct Correction {
  Tensor minus_rate, eps;
};
Correction correction(const Adam& adam, const Tensor& step) {
  const Tensor scale = sqrt(one_minus_power(step, adam.b2));
  return {scale * -adam.lr / one_minus_power(step, adam.b1), scale * adam.eps};
}

void require_range(const Located& loss, const Adam& adam) {
  const bool fits =
      adam.lr > 0 && adam.b1 >= 0 && adam.b1 < 1 && adam.b2 >= 0 && adam.b2 < 1 && adam.eps >= 0;
  if (!fits)
    fail(loss.where, fmt::format("adam: lr {}, b1 {}, b2 {}, eps {}", adam.lr, adam.b1, adam.b2, adam.eps));
}

}  // namespace

void SGD::minimize(const Located& loss, const std::vector<Tensor>& params) const {
  const StandardFloats standard;
  require_params(loss, params);
  const std::vector<Tensor> gradients = grad(loss, params);
  for (size_t i = 0; i < params.size(); ++i)
    loss.builder->update(params[i], params[i] + gradients[i] * -lr, loss.where);
}

void Adam::minimize(const Located& loss, const std::vector<Tensor>& params) const {
  const StandardFloats standard;
  require_range(loss, *this);
  require_params(loss, params);
  Builder& builder = *loss.builder;
  const Correction corrected =
      correction(*this, cast(cast(builder.step(loss.where), DType::i32), DType::f32));
  const std::vector<Tensor> gradients = grad(loss, params);
  for (size_t i = 0; i < params.size(); ++i) {
    const Tensor &p = params[i], &g = gradients[i];
    const std::string prefix = "adam." + builder.name_of_param(p, loss.where);
    const Tensor m = builder.state(prefix + ".m", p.shape(), ConstantInit{0}, loss.where);
    const Tensor v = builder.state(prefix + ".v", p.shape(), ConstantInit{0}, loss.where);
    const Tensor m_next = m + (g - m) * (1 - b1);
    const Tensor v_next = v + (g * g - v) * (1 - b2);
    builder.update(p, p + m_next / (sqrt(v_next) + corrected.eps) * corrected.minus_rate, loss.where);
    builder.update(m, m_next, loss.where);
    builder.update(v, v_next, loss.where);
  }
}

}  // namespace cgan_jit
