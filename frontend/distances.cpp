#include "frontend/emit.h"
#include "frontend/ops.h"

namespace cgan_jit {
namespace {

/// The norm along the axis, no less than eps.
Located size_of(const Located& x, int axis, float eps) { return at(maximum(at(norm(x, {axis}), x), eps), x); }

/// Both of one shape; throws Error at a's line unless they are f32, of one builder, and broadcast.
std::pair<Located, Located> alike(const Located& a, const Located& b, std::string_view op) {
  require_own(a, b, op);
  require_dtype(a, DType::f32, op);
  require_dtype(at(b, a), DType::f32, op);
  const Shape shape = broadcast_shapes(a.where, op, a.shape(), b.shape());
  return {at(broadcast_to(a, shape), a), at(broadcast_to(at(b, a), shape), a)};
}

}  // namespace

// One division a norm, in the gradient, too.
Tensor normalize(const Located& x, int axis, float eps) {
  require_dtype(x, DType::f32, "normalize");
  axis = checked_axis(x, axis, "normalize");
  return x * unsqueeze(at(1 / size_of(x, axis, eps), x), axis);
}

Tensor cosine_similarity(const Located& a, const Located& b, int axis, float eps) {
  const auto [x, y] = alike(a, b, "cosine_similarity");
  axis = checked_axis(x, axis, "cosine_similarity");
  return at(sum(at(x * y, x), {axis}), x) / at(size_of(x, axis, eps) * size_of(y, axis, eps), x);
}

Tensor pairwise_distance(const Located& a, const Located& b, const DistanceOptions& how) {
  const auto [x, y] = alike(a, b, "pairwise_distance");
  checked_axis(x, -1, "pairwise_distance");
  const Tensor distance = norm(at(at(x - y, x) + how.eps, x), {-1});
  return how.keepdim ? unsqueeze(at(distance, x), -1) : distance;
}

}  // namespace cgan_jit
