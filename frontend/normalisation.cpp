#include "frontend/ops.h"

namespace cgan_jit {

BatchStatistics batch_statistics(const Located& x) {
  require_dtype(x, DType::f32, "batch_norm");
  if (x.rank() < 2 || x.shape()[0] < 2) {
    fail(x.where, fmt::format("batch_norm: {} has no batch of at least two rows", to_string(x.shape())));
  }
  const Tensor mean_over_batch = mean(x, {0});
  const Tensor centred = x - mean_over_batch;
  return {mean_over_batch, mean(centred * centred, {0})};
}

Tensor batch_norm(const Located& x, const BatchStatistics& statistics, const Located& weight,
                  const Located& bias, float eps) {
  for (const Tensor& tensor :
       {Tensor(x), statistics.mean, statistics.variance, Tensor(weight), Tensor(bias)}) {
    x.builder->require_own(tensor, x.where);
    require_dtype({tensor, x.where}, DType::f32, "batch_norm");
  }
  const Shape features(x.shape().begin() + (x.rank() > 0), x.shape().end());
  if (weight.shape() != features || bias.shape() != features || statistics.mean.shape() != features ||
      statistics.variance.shape() != features) {
    fail(x.where, fmt::format("batch_norm: {} by weight {}, bias {}, mean {} and variance {}",
                              to_string(x.shape()), to_string(weight.shape()), to_string(bias.shape()),
                              to_string(statistics.mean.shape()), to_string(statistics.variance.shape())));
  }
  const Tensor scale = weight / sqrt(statistics.variance + eps);
  return Operand((x - statistics.mean) * scale, x.where) + bias;
}

}  // namespace cgan_jit
