#include <algorithm>
#include <numeric>

#include "frontend/emit.h"
#include "frontend/ops.h"

namespace cgan_jit {

Tensor by_channel(const Located& x, const Tensor& of_channels) {
  Shape shape(x.shape().begin() + 1, x.shape().end());
  std::fill(shape.begin() + 1, shape.end(), 1);
  return reshape(at(of_channels, x), std::move(shape));
}

namespace {

std::vector<int> axes_from(const Tensor& x, int first) {
  std::vector<int> axes(static_cast<size_t>(std::max(0, x.rank() - first)));
  std::iota(axes.begin(), axes.end(), first);
  return axes;
}

/// (x - mean) / sqrt(variance + eps).
Tensor normalised(const Located& x, const std::vector<int>& axes, float eps, std::string_view op) {
  if (std::ranges::any_of(axes, [&](int axis) { return x.shape()[axis] == 0; }))
    fail(x.where, fmt::format("{}: of nothing in {}", op, to_string(x.shape())));
  const Located centred = at(x - mean_keepdim(x, axes), x);
  const Located variance = at(mean_keepdim(at(centred * centred, x), axes), x);
  return centred * rsqrt(at(variance + eps, x));
}

/// Throws Error at x's line unless the weight and the bias, where there are such, are x's builder's f32 of
/// `shape`.
void require_shape(const Located& x, const NormOptions& how, const Shape& shape, std::string_view op) {
  for (const std::optional<Tensor>& tensor : {how.weight, how.bias}) {
    if (!tensor) continue;
    require_own(x, *tensor, op);
    require_dtype(at(*tensor, x), DType::f32, op);
    if (tensor->shape() != shape)
      fail(x.where, fmt::format("{}: {} by weight or bias {}: they are {} here", op, to_string(x.shape()),
                                to_string(tensor->shape()), to_string(shape)));
  }
}

Tensor scaled(const Located& x, const NormOptions& how) {
  const Tensor y = how.weight ? x * *how.weight : Tensor(x);
  return how.bias ? at(y, x) + *how.bias : y;
}

void require_channels(const Located& x, std::string_view op) {
  require_dtype(x, DType::f32, op);
  if (x.rank() < 2) fail(x.where, fmt::format("{}: {} has no channels: [n,c,...]", op, to_string(x.shape())));
}

Tensor normalised_by_groups(const Located& x, int64_t groups, const NormOptions& how, std::string_view op) {
  require_shape(x, how, {x.shape()[1]}, op);
  Shape grouped = x.shape();
  grouped[1] = groups == 0 ? 0 : grouped[1] / groups;
  grouped.insert(grouped.begin() + 1, groups);
  const Located apart = at(reshape(x, grouped), x);
  const Tensor normal = normalised(apart, axes_from(apart, 2), how.eps, op);
  const auto stretched = [&](const std::optional<Tensor>& tensor) {
    return tensor ? std::optional(by_channel(x, *tensor)) : tensor;
  };
  const Located y = at(reshape(at(normal, x), x.shape()), x);
  return scaled(y, {stretched(how.weight), stretched(how.bias)});
}

}  // namespace

BatchStatistics batch_statistics(const Located& x) {
  require_dtype(x, DType::f32, "batch_norm");
  if (x.rank() < 2 || element_count(x.shape()) < 2 * x.shape()[1]) {
    fail(x.where, fmt::format("batch_norm: {} has no batch of at least two rows", to_string(x.shape())));
  }
  std::vector<int> axes = axes_from(x, 1);
  axes[0] = 0;
  const Located mean_over_batch = at(mean(x, axes), x);
  const Located centred = at(x - by_channel(x, mean_over_batch), x);
  return {mean_over_batch, mean(at(centred * centred, x), axes)};
}

Tensor batch_norm(const Located& x, const BatchStatistics& statistics, const Located& weight,
                  const Located& bias, float eps) {
  for (const Tensor& tensor :
       {Tensor(x), statistics.mean, statistics.variance, Tensor(weight), Tensor(bias)}) {
    require_own(x, tensor, "batch_norm");
    require_dtype({tensor, x.where}, DType::f32, "batch_norm");
  }
  const Shape channels(x.shape().begin() + std::min(1, x.rank()), x.shape().begin() + std::min(2, x.rank()));
  if (x.rank() < 2 || weight.shape() != channels || bias.shape() != channels ||
      statistics.mean.shape() != channels || statistics.variance.shape() != channels) {
    fail(
        x.where,
        fmt::format("batch_norm: {} by weight {}, bias {}, mean {} and variance {}: all are [c] of [n,c,...]",
                    to_string(x.shape()), to_string(weight.shape()), to_string(bias.shape()),
                    to_string(statistics.mean.shape()), to_string(statistics.variance.shape())));
  }
  const Tensor scale = at(weight, x) / sqrt(at(statistics.variance + eps, x));
  return at((x - by_channel(x, statistics.mean)) * by_channel(x, scale), x) + by_channel(x, bias);
}

namespace {

/// Those that are `over`'s; throws Error at x's line when there are none such, or nothing in them.
std::vector<int> last_axes(const Located& x, const Shape& over, std::string_view op) {
  require_dtype(x, DType::f32, op);
  const int rank = static_cast<int>(over.size());
  if (rank == 0 || rank > x.rank() || Shape(x.shape().end() - rank, x.shape().end()) != over)
    fail(x.where, fmt::format("{}: {} over {}, which are not its last axes", op, to_string(x.shape()),
                              to_string(over)));
  if (element_count(over) == 0) fail(x.where, fmt::format("{}: of nothing in {}", op, to_string(x.shape())));
  return axes_from(x, x.rank() - rank);
}

}  // namespace

Tensor layer_norm(const Located& x, const Shape& over, const NormOptions& how) {
  const std::vector<int> axes = last_axes(x, over, "layer_norm");
  require_shape(x, how, over, "layer_norm");
  return scaled(at(normalised(x, axes, how.eps, "layer_norm"), x), how);
}

Tensor rms_norm(const Located& x, const Shape& over, const RmsNormOptions& how) {
  const std::vector<int> axes = last_axes(x, over, "rms_norm");
  const NormOptions scale{how.weight, {}, how.eps};
  require_shape(x, scale, over, "rms_norm");
  const Located size = at(mean_keepdim(at(x * x, x), axes) + how.eps, x);
  return scaled(at(x * rsqrt(size), x), scale);
}

Tensor group_norm(const Located& x, int64_t groups, const NormOptions& how) {
  require_channels(x, "group_norm");
  if (groups < 1 || x.shape()[1] % groups != 0)
    fail(x.where, fmt::format("group_norm: {}: {} groups do not divide {} channels", to_string(x.shape()),
                              groups, x.shape()[1]));
  return normalised_by_groups(x, groups, how, "group_norm");
}

Tensor instance_norm(const Located& x, const NormOptions& how) {
  require_channels(x, "instance_norm");
  return normalised_by_groups(x, x.shape()[1], how, "instance_norm");
}

}  // namespace cgan_jit
