#include "frontend/clipping.h"

#include <cmath>

#include "ir/standard_floats.h"

namespace cgan_jit {

namespace {

void require_reals(const std::vector<Tensor>& tensors, const char* op, const Line& at) {
  if (tensors.empty()) fail(at, fmt::format("{}: no tensors", op));
  for (const Tensor& tensor : tensors) {
    require_dtype({tensor, at}, DType::f32, op);
    tensors[0].builder->require_own(tensor, at);
  }
}

void require_bound(double bound, const char* op, const Line& at) {
  if (!(std::isfinite(bound) && bound > 0)) fail(at, fmt::format("{}: a bound of {}", op, bound));
}

}  // namespace

Tensor total_norm(const std::vector<Tensor>& tensors, Line at) {
  require_reals(tensors, "norm", at);
  Tensor squares = sum(tensors[0] * tensors[0]);
  for (size_t i = 1; i < tensors.size(); ++i) squares = squares + sum(tensors[i] * tensors[i]);
  return sqrt(squares);
}

std::vector<Tensor> clip_by_norm(const std::vector<Tensor>& gradients, double max_norm, Line at) {
  const StandardFloats standard;
  require_bound(max_norm, "clip_by_norm", at);
  require_reals(gradients, "clip_by_norm", at);
  const Tensor factor = minimum(max_norm / (total_norm(gradients, at) + 1e-6), 1);
  std::vector<Tensor> clipped;
  for (const Tensor& gradient : gradients) clipped.push_back(gradient * factor);
  return clipped;
}

std::vector<Tensor> clip_by_value(const std::vector<Tensor>& gradients, double bound, Line at) {
  const StandardFloats standard;
  require_bound(bound, "clip_by_value", at);
  require_reals(gradients, "clip_by_value", at);
  std::vector<Tensor> clipped;
  for (const Tensor& gradient : gradients) clipped.push_back(minimum(maximum(gradient, -bound), bound));
  return clipped;
}

}  // namespace cgan_jit
