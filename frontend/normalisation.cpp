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
  const Shape features(x.shape().begin() + (x.rank() > 0), x.shape().end());
  if (weight.shape() != features || bias.shape() != features || statistics.mean.shape() != features) {
    fail(x.where, fmt::format("batch_norm: {} by {}", to_string(x.shape()), to_string(weight.shape())));
  }
  const Tensor scale = weight / sqrt(statistics.variance + eps);
  return (x - statistics.mean) * scale + bias;
}

}  // namespace cgan_jit
