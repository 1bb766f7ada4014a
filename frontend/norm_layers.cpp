#include "frontend/emit.h"
#include "frontend/layers.h"
#include "ir/standard_floats.h"

namespace cgan_jit {
namespace {

/// "weight" 1 and "bias" 0 of that shape.
NormOptions declared(const Scope& scope, const Shape& shape, float eps) {
  const Tensor weight = scope.builder->param(scope.name("weight"), shape, ConstantInit{1}, scope.where);
  const Tensor bias = scope.builder->param(scope.name("bias"), shape, ConstantInit{0}, scope.where);
  return {weight, bias, eps};
}

void require_rank(const Located& x, int low, int high, std::string_view layer) {
  if (x.rank() < low || x.rank() > high)
    fail(x.where, fmt::format("{}: {} has {} axes, not {}", layer, to_string(x.shape()), x.rank(),
                              low == high ? fmt::format("{}", low) : fmt::format("{} to {}", low, high)));
}

}  // namespace

BatchNorm::BatchNorm(const Scope& scope, int64_t channels, float with_eps, float with_momentum)
    : weight(scope.builder->param(scope.name("weight"), {channels}, ConstantInit{1}, scope.where)),
      bias(scope.builder->param(scope.name("bias"), {channels}, ConstantInit{0}, scope.where)),
      running_mean(
          scope.builder->state(scope.name("running_mean"), {channels}, ConstantInit{0}, scope.where)),
      running_var(scope.builder->state(scope.name("running_var"), {channels}, ConstantInit{1}, scope.where)),
      eps(with_eps),
      momentum(with_momentum) {}

Tensor BatchNorm::operator()(const Located& x) const {
  Builder& builder = *x.builder;
  if (builder.mode() == Mode::eval)
    return batch_norm(x, {running_mean, running_var}, {weight, x.where}, {bias, x.where}, eps);
  const StandardFloats standard;
  const BatchStatistics batch = batch_statistics(x);
  const Tensor y = batch_norm(x, batch, {weight, x.where}, {bias, x.where}, eps);
  double rows = 1;  // a channel's numbers
  for (int axis = 0; axis < x.rank(); ++axis) rows *= axis == 1 ? 1.0 : static_cast<double>(x.shape()[axis]);
  const Tensor old_mean = builder.latest(running_mean), old_var = builder.latest(running_var);
  builder.update(running_mean, old_mean + (batch.mean - old_mean) * momentum);
  builder.update(running_var, old_var + (batch.variance * (rows / (rows - 1)) - old_var) * momentum);
  return y;
}

Tensor BatchNorm1d::operator()(const Located& x) const {
  require_rank(x, 2, 3, "BatchNorm1d: [n,c] or [n,c,l]");
  return BatchNorm::operator()(x);
}

Tensor BatchNorm2d::operator()(const Located& x) const {
  require_rank(x, 4, 4, "BatchNorm2d: [n,c,h,w]");
  return BatchNorm::operator()(x);
}

LayerNorm::LayerNorm(const Scope& scope, Shape with_over, float eps)
    : over(std::move(with_over)), how(declared(scope, over, eps)) {}

RMSNorm::RMSNorm(const Scope& scope, Shape with_over, float eps)
    : over(std::move(with_over)),
      how{scope.builder->param(scope.name("weight"), over, ConstantInit{1}, scope.where), eps} {}

GroupNorm::GroupNorm(const Scope& scope, int64_t with_groups, int64_t channels, float eps)
    : groups(with_groups), how(declared(scope, {channels}, eps)) {}

InstanceNorm2d::InstanceNorm2d(const Scope& scope, int64_t with_channels, const InstanceNormOptions& with)
    : channels(with_channels),
      how(with.affine ? declared(scope, {channels}, with.eps) : NormOptions{.eps = with.eps}) {}

Tensor InstanceNorm2d::operator()(const Located& x) const {
  require_rank(x, 4, 4, "InstanceNorm2d: [n,c,h,w]");
  if (x.shape()[1] != channels)
    fail(x.where, fmt::format("InstanceNorm2d: {}: axis 1, the channels, is to be {}", to_string(x.shape()),
                              channels));
  return instance_norm(x, how);
}

}  // namespace cgan_jit
