#include "frontend/optimizers.h"

#include <cmath>

#include "frontend/optimizer_step.h"
#include "ir/standard_floats.h"

namespace cgan_jit {

namespace {

bool is_share(double number) { return number >= 0 && number < 1; }
bool is_amount(double number) { return std::isfinite(number) && number >= 0; }

Tensor decayed(const Tensor& param, const Tensor& gradient, double weight_decay) {
  return weight_decay == 0 ? gradient : gradient + param * weight_decay;
}

/// momentum * state + gradient, which the state becomes.
Tensor gathered(OptimizerStep& step, const Tensor& gradient, double momentum) {
  return step.state("momentum", [&](const Tensor& b) { return b * momentum + gradient; });
}

/// The state moves towards `value` by 1 - `decay` of the way.
Tensor running_mean(OptimizerStep& step, const std::string& what, const Tensor& value, double decay) {
  return step.state(what, [&](const Tensor& mean) { return mean + (value - mean) * (1 - decay); });
}

/// 1 - b^number, without cancellation.
Tensor one_minus_power(const Tensor& number, double b) {
  if (b == 0) return number.builder->constant(1);
  return -expm1(number * std::log(b));
}

/// lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) with numerator and denominator times sqrt(1 - b2^t):
/// what depends on the step alone is two scalars, and an element costs a division, a square root and an fma.
struct Correction {
  Tensor minus_rate, eps;
};
template <typename Form>
Correction correction(const Form& adam, const Tensor& minus_rate, const Tensor& number) {
  const Tensor scale = sqrt(one_minus_power(number, adam.b2));
  return {scale * minus_rate / one_minus_power(number, adam.b1), scale * adam.eps};
}

template <typename Form>
void require_range(const OptimizerStep& step, const Form& adam) {
  const bool fits =
      is_share(adam.b1) && is_share(adam.b2) && is_amount(adam.eps) && is_amount(adam.weight_decay);
  step.require(fits, fmt::format("b1 {}, b2 {}, eps {}, weight_decay {}", adam.b1, adam.b2, adam.eps,
                                 adam.weight_decay));
}

/// What is added to a param of this gradient.
Tensor adam_change(OptimizerStep& step, const Tensor& gradient, double b1, double b2,
                   const Correction& corrected) {
  const Tensor m = running_mean(step, "m", gradient, b1);
  const Tensor v = running_mean(step, "v", gradient * gradient, b2);
  return m / (sqrt(v) + corrected.eps) * corrected.minus_rate;
}

}  // namespace

void SGD::step(const std::vector<Tensor>& params, const std::vector<Tensor>& gradients, Line at) const {
  const StandardFloats standard;
  OptimizerStep step(name, params, gradients, at);
  step.require(is_share(momentum) && is_amount(weight_decay) && (momentum > 0 || !nesterov),
               fmt::format("momentum {}, weight_decay {}, nesterov {}", momentum, weight_decay, nesterov));
  const Tensor minus_rate = step.minus(lr);
  step.update([&](const Tensor& param, const Tensor& gradient) {
    Tensor g = decayed(param, gradient, weight_decay);
    if (momentum > 0) {
      const Tensor b = gathered(step, g, momentum);
      g = nesterov ? g + b * momentum : b;
    }
    return param + g * minus_rate;
  });
}

void Adam::step(const std::vector<Tensor>& params, const std::vector<Tensor>& gradients, Line at) const {
  const StandardFloats standard;
  OptimizerStep step(name, params, gradients, at);
  require_range(step, *this);
  const Tensor number = step.number(count);
  const Correction corrected = correction(*this, step.minus(lr), number);
  step.update([&](const Tensor& param, const Tensor& gradient) {
    return param + adam_change(step, decayed(param, gradient, weight_decay), b1, b2, corrected);
  });
}

void AdamW::step(const std::vector<Tensor>& params, const std::vector<Tensor>& gradients, Line at) const {
  const StandardFloats standard;
  OptimizerStep step(name, params, gradients, at);
  require_range(step, *this);
  const Tensor number = step.number(), minus_rate = step.minus(lr);
  const Correction corrected = correction(*this, minus_rate, number);
  step.update([&](const Tensor& param, const Tensor& gradient) {
    const Tensor smaller = param + param * (minus_rate * weight_decay);
    return smaller + adam_change(step, gradient, b1, b2, corrected);
  });
}

void RMSprop::step(const std::vector<Tensor>& params, const std::vector<Tensor>& gradients, Line at) const {
  const StandardFloats standard;
  OptimizerStep step(name, params, gradients, at);
  step.require(
      is_share(alpha) && is_share(momentum) && is_amount(eps) && is_amount(weight_decay),
      fmt::format("alpha {}, eps {}, momentum {}, weight_decay {}", alpha, eps, momentum, weight_decay));
  const Tensor minus_rate = step.minus(lr);
  step.update([&](const Tensor& param, const Tensor& gradient) {
    const Tensor g = decayed(param, gradient, weight_decay);
    const Tensor scaled = g / (sqrt(running_mean(step, "v", g * g, alpha)) + eps);
    return param + (momentum > 0 ? gathered(step, scaled, momentum) : scaled) * minus_rate;
  });
}

void Adagrad::step(const std::vector<Tensor>& params, const std::vector<Tensor>& gradients, Line at) const {
  const StandardFloats standard;
  OptimizerStep step(name, params, gradients, at);
  step.require(is_amount(lr_decay) && is_amount(weight_decay) && is_amount(eps),
               fmt::format("lr_decay {}, weight_decay {}, eps {}", lr_decay, weight_decay, eps));
  Tensor minus_rate = step.minus(lr);
  if (lr_decay > 0) minus_rate = minus_rate / ((step.number() - 1) * lr_decay + 1);
  step.update([&](const Tensor& param, const Tensor& gradient) {
    const Tensor g = decayed(param, gradient, weight_decay);
    const Tensor squares = step.state("sum", [&](const Tensor& sum) { return sum + g * g; });
    return param + g / (sqrt(squares) + eps) * minus_rate;
  });
}

void SGD::minimize(const Located& loss, const std::vector<Tensor>& params) const {
  step(params, grad(loss, params), loss.where);
}
void Adam::minimize(const Located& loss, const std::vector<Tensor>& params) const {
  step(params, grad(loss, params), loss.where);
}
void AdamW::minimize(const Located& loss, const std::vector<Tensor>& params) const {
  step(params, grad(loss, params), loss.where);
}
void RMSprop::minimize(const Located& loss, const std::vector<Tensor>& params) const {
  step(params, grad(loss, params), loss.where);
}
void Adagrad::minimize(const Located& loss, const std::vector<Tensor>& params) const {
  step(params, grad(loss, params), loss.where);
}

}  // namespace cgan_jit
