#include "bench/nets/optimizers.h"

#include <cmath>

namespace cgan_jit::nets {
namespace {

/// State of a param's shape, from 0: "prefix.p" and the suffix.
Tensor state_of(const Tensor& param, const std::string& prefix, const std::string& suffix) {
  Builder& builder = *param.builder;
  const std::string& name = builder.name_of_param(param, Line::current());
  return builder.state(prefix + "." + name + suffix, param.shape(), ConstantInit{0});
}

/// 1 - b^t.
Tensor one_minus_power(const Tensor& t, double b) { return -expm1(t * std::log(b)); }

}  // namespace

void RmsProp::minimize(const Tensor& loss, const std::vector<Tensor>& params) const {
  Builder& builder = *loss.builder;
  const std::vector<Tensor> gradients = grad(loss, params);
  for (size_t i = 0; i < params.size(); ++i) {
    const Tensor &p = params[i], &g = gradients[i];
    const Tensor v = state_of(p, "rmsprop", "");
    const Tensor v_next = v + (g * g - v) * (1 - alpha);
    builder.update(v, v_next);
    builder.update(p, p - g / (sqrt(v_next) + eps) * lr);
  }
}

void clamp(const std::vector<Tensor>& params, double limit) {
  for (const Tensor& p : params) {
    const Tensor next = p.builder->latest(p);
    p.builder->update(p, minimum(maximum(next, -limit), limit));
  }
}

void NamedAdam::minimize(const Tensor& loss, const std::vector<Tensor>& params) const {
  Builder& builder = *loss.builder;
  const Tensor t = cast(cast(builder.step(), DType::i32), DType::f32);
  const Tensor scale1 = 1 / one_minus_power(t, b1), scale2 = 1 / one_minus_power(t, b2);
  const std::vector<Tensor> gradients = grad(loss, params);
  for (size_t i = 0; i < params.size(); ++i) {
    const Tensor &p = params[i], &g = gradients[i];
    const Tensor m = state_of(p, name, ".m"), v = state_of(p, name, ".v");
    const Tensor m_next = m + (g - m) * (1 - b1), v_next = v + (g * g - v) * (1 - b2);
    builder.update(m, m_next);
    builder.update(v, v_next);
    builder.update(p, p - m_next * scale1 / (sqrt(v_next * scale2) + eps) * lr);
  }
}

}  // namespace cgan_jit::nets
