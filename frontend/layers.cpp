#include "frontend/layers.h"

#include <cmath>

#include "ir/standard_floats.h"

namespace cgan_jit {

namespace {

Init uniform_for(int64_t inputs) {
  const StandardFloats standard;
  // Volatile: computed here, not after the host's environment is back.
  const volatile float bound = inputs > 0 ? 1 / std::sqrt(static_cast<float>(inputs)) : 0;
  return UniformInit{bound};
}

}  // namespace

Linear::Linear(const Scope& scope, int64_t in, int64_t out, const LayerInit& init)
    : weight(scope.builder->param(scope.name("weight"), {out, in}, init.weight.value_or(uniform_for(in)),
                                  scope.where)),
      bias(scope.builder->param(scope.name("bias"), {out}, init.bias.value_or(uniform_for(in)),
                                scope.where)) {}

Tensor Linear::operator()(const Located& x) const {
  if (x.rank() < 2 || x.shape().back() != weight.shape()[1]) {
    fail(x.where, fmt::format("linear: {} by weight {}", to_string(x.shape()), to_string(weight.shape())));
  }
  return Operand(matmul(x, {transpose({weight, x.where}), x.where}), x.where) + bias;
}

Conv2d::Conv2d(const Scope& scope, int64_t in, int64_t out, int64_t kernel, int64_t with_stride,
               int64_t with_padding, const LayerInit& init)
    : weight(scope.builder->param(scope.name("weight"), {out, in, kernel, kernel},
                                  init.weight.value_or(uniform_for(in * kernel * kernel)), scope.where)),
      bias(scope.builder->param(scope.name("bias"), {out},
                                init.bias.value_or(uniform_for(in * kernel * kernel)), scope.where)),
      stride(with_stride),
      padding(with_padding) {}

Tensor Conv2d::operator()(const Located& x) const {
  return conv2d(x, {weight, x.where}, stride, padding) + reshape(bias, {weight.shape()[0], 1, 1});
}

Embedding::Embedding(const Scope& scope, int64_t count, int64_t width, const Init& init)
    : weight(scope.builder->param(scope.name("weight"), {count, width}, init, scope.where)) {}

Tensor Embedding::operator()(const Located& indices) const {
  return embedding({weight, indices.where}, indices);
}

BatchNorm1d::BatchNorm1d(const Scope& scope, int64_t features, float with_eps, float with_momentum)
    : weight(scope.builder->param(scope.name("weight"), {features}, ConstantInit{1}, scope.where)),
      bias(scope.builder->param(scope.name("bias"), {features}, ConstantInit{0}, scope.where)),
      running_mean(
          scope.builder->state(scope.name("running_mean"), {features}, ConstantInit{0}, scope.where)),
      running_var(scope.builder->state(scope.name("running_var"), {features}, ConstantInit{1}, scope.where)),
      eps(with_eps),
      momentum(with_momentum) {}

Tensor BatchNorm1d::operator()(const Located& x) const {
  Builder& builder = *x.builder;
  if (builder.mode() == Mode::eval)
    return batch_norm(x, {running_mean, running_var}, {weight, x.where}, {bias, x.where}, eps);
  const StandardFloats standard;
  const BatchStatistics batch = batch_statistics(x);
  const Tensor y = batch_norm(x, batch, {weight, x.where}, {bias, x.where}, eps);
  const double rows = static_cast<double>(x.shape()[0]);
  const Tensor old_mean = builder.latest(running_mean), old_var = builder.latest(running_var);
  builder.update(running_mean, old_mean + (batch.mean - old_mean) * momentum);
  builder.update(running_var, old_var + (batch.variance * (rows / (rows - 1)) - old_var) * momentum);
  return y;
}

Tensor Sequential::operator()(const Located& x) const {
  Tensor y = x;
  for (const auto& layer : layers_) y = layer({y, x.where});
  return y;
}

}  // namespace cgan_jit
