#include "frontend/layers.h"

#include "frontend/emit.h"
#include "frontend/first_uniform.h"

namespace cgan_jit {

namespace {

/// "weight" of that shape and "bias" [out], both of fan `inputs`.
struct WeightAndBias {
  WeightAndBias(const Scope& scope, Shape shape, int64_t out, int64_t inputs, const LayerInit& init)
      : weight(scope.builder->param(scope.name("weight"), std::move(shape),
                                    init.weight.value_or(uniform_for(inputs)), scope.where)) {
    if (init.has_bias)
      bias = scope.builder->param(scope.name("bias"), {out}, init.bias.value_or(uniform_for(inputs)),
                                  scope.where);
  }
  Tensor weight, bias;
};

/// The weight's first axes and the kernel; throws Error at the scope's line unless groups divide `grouped`.
Shape kernel_shape(const Scope& scope, int64_t first, int64_t grouped, int64_t groups, const Shape& kernel) {
  if (groups < 1 || grouped % groups != 0 || first % groups != 0)
    fail(scope.where, fmt::format("a convolution of {} by {} channels in {} groups", first, grouped, groups));
  Shape shape = {first, grouped / groups};
  shape.insert(shape.end(), kernel.begin(), kernel.end());
  return shape;
}

/// How many numbers of the other side one number of the weight's first axis meets.
int64_t fan_of(const Shape& shape) {
  int64_t fan = 1;
  for (size_t axis = 1; axis < shape.size(); ++axis) fan *= shape[axis];
  return fan;
}

WeightAndBias kernel_and_bias(const Scope& scope, Shape shape, int64_t out, const LayerInit& init) {
  const int64_t fan = fan_of(shape);
  return {scope, std::move(shape), out, fan, init};
}

/// y [n, out, ...] + bias [out], if there is one.
Tensor plus_bias(const Located& x, const Tensor& y, const Tensor& bias) {
  return bias.builder ? at(y, x) + by_channel(at(y, x), bias) : y;
}

}  // namespace

Linear::Linear(const Scope& scope, int64_t in, int64_t out, const LayerInit& init) {
  const WeightAndBias params(scope, {out, in}, out, in, init);
  weight = params.weight, bias = params.bias;
}

Tensor Linear::operator()(const Located& x) const {
  require_own(x, weight, "linear");
  require_dtype(x, DType::f32, "linear");
  if (x.rank() < 1 || x.shape().back() != weight.shape()[1]) {
    fail(x.where, fmt::format("linear: {} by weight {}: the last axis is to be {}", to_string(x.shape()),
                              to_string(weight.shape()), weight.shape()[1]));
  }
  const Tensor y = matmul(x, at(transpose(at(weight, x)), x));
  return bias.builder ? at(y, x) + bias : y;
}

Conv2d::Conv2d(const Scope& scope, int64_t in, int64_t out, Size2d kernel, const ConvOptions& with,
               const LayerInit& init)
    : how(with) {
  const Shape shape = kernel_shape(scope, out, in, how.groups, {kernel.height, kernel.width});
  const WeightAndBias params = kernel_and_bias(scope, shape, out, init);
  weight = params.weight, bias = params.bias;
}

Tensor Conv2d::operator()(const Located& x) const {
  return plus_bias(x, conv2d(x, at(weight, x), how), bias);
}

Conv1d::Conv1d(const Scope& scope, int64_t in, int64_t out, int64_t kernel, const Conv1dOptions& with,
               const LayerInit& init)
    : how(with) {
  const WeightAndBias params =
      kernel_and_bias(scope, kernel_shape(scope, out, in, how.groups, {kernel}), out, init);
  weight = params.weight, bias = params.bias;
}

Tensor Conv1d::operator()(const Located& x) const {
  return plus_bias(x, conv1d(x, at(weight, x), how), bias);
}

ConvTranspose2d::ConvTranspose2d(const Scope& scope, int64_t in, int64_t out, Size2d kernel,
                                 const ConvTransposeOptions& with, const LayerInit& init)
    : how(with) {
  const Shape shape = kernel_shape(scope, in, out, how.groups, {kernel.height, kernel.width});
  const WeightAndBias params = kernel_and_bias(scope, shape, out, init);
  weight = params.weight, bias = params.bias;
}

Tensor ConvTranspose2d::operator()(const Located& x) const {
  return plus_bias(x, conv_transpose2d(x, at(weight, x), how), bias);
}

ConvTranspose1d::ConvTranspose1d(const Scope& scope, int64_t in, int64_t out, int64_t kernel,
                                 const ConvTranspose1dOptions& with, const LayerInit& init)
    : how(with) {
  const WeightAndBias params =
      kernel_and_bias(scope, kernel_shape(scope, in, out, how.groups, {kernel}), out, init);
  weight = params.weight, bias = params.bias;
}

Tensor ConvTranspose1d::operator()(const Located& x) const {
  return plus_bias(x, conv_transpose1d(x, at(weight, x), how), bias);
}

Embedding::Embedding(const Scope& scope, int64_t count, int64_t width, const Init& init)
    : weight(scope.builder->param(scope.name("weight"), {count, width}, init, scope.where)) {}

Tensor Embedding::operator()(const Located& indices) const {
  return embedding({weight, indices.where}, indices);
}

PReLU::PReLU(const Scope& scope, int64_t num_parameters, float init)
    : weight(scope.builder->param(scope.name("weight"), {num_parameters}, ConstantInit{init}, scope.where)) {}

Tensor Sequential::operator()(const Located& x) const {
  Tensor y = x;
  for (const auto& layer : layers_) y = layer({y, x.where});
  return y;
}

}  // namespace cgan_jit
