#include "frontend/activations.h"
#include "frontend/loss_parts.h"

namespace cgan_jit {
namespace {

/// Throws Error at a's line unless both are f32, of one builder and one shape.
void require_alike(const Located& a, const Located& b, std::string_view op) {
  require_own(a, b, op);
  require_dtype(a, DType::f32, op);
  if (a.type() != b.type()) fail(a.where, fmt::format("{}: {}, which are not alike", op, both_types(a, b)));
}

/// `of_same` where the target is 1, `of_other` where it is -1, else both of them.
Tensor by_sign(const Located& x, const Operand& target, const Tensor& of_same, const Tensor& of_other) {
  const Located sign = target_tensor(x, target);
  const Located same = at(where(at(sign != -1, x), of_same, 0), x);
  return same + where(at(sign != 1, x), of_other, 0);
}

}  // namespace

Tensor soft_margin_loss(const Located& x, const Operand& target, Reduction reduction) {
  require_target(x, target, "soft_margin_loss");
  return reduced(at(softplus(at(-at(x * target, x), x)), x), reduction);
}

Tensor hinge_embedding_loss(const Located& x, const Operand& target, float margin, Reduction reduction) {
  require_target(x, target, "hinge_embedding_loss");
  const Tensor apart = not_negative(at(Operand(margin, x.where) - x, x));
  return reduced(at(by_sign(x, target, x, apart), x), reduction);
}

Tensor margin_ranking_loss(const Located& a, const Located& b, const Operand& target, float margin,
                           Reduction reduction) {
  require_target(a, b, "margin_ranking_loss");
  const Located lead = at(a - b, a);
  require_target(lead, target, "margin_ranking_loss");
  return reduced(at(not_negative(at(Operand(margin, a.where) - lead * target, a)), a), reduction);
}

Tensor cosine_embedding_loss(const Located& a, const Located& b, const Operand& target, float margin,
                             Reduction reduction) {
  constexpr std::string_view op = "cosine_embedding_loss";
  constexpr double eps = 1e-12;
  require_alike(a, b, op);
  checked_axis(a, -1, op);
  const Shape wanted(a.shape().begin(), a.shape().end() - 1);
  if (const auto* targets = std::get_if<Tensor>(&target.is); targets && targets->shape(a.where) != wanted)
    fail(a.where, fmt::format("{}: {} by targets {}: they are {} here", op, to_string(a.shape()),
                              to_string(targets->shape()), to_string(wanted)));
  const auto dot = [&](const Located& x, const Located& y) { return at(sum(at(x * y, a), {-1}), a); };
  const Located squares = at(at(dot(a, a) + eps, a) * at(dot(b, b) + eps, a), a);
  const Located cosine = at(dot(a, b) / sqrt(squares), a);
  require_target(cosine, target, op);
  const Tensor apart = not_negative(at(cosine - margin, a));
  return reduced(at(by_sign(cosine, target, Operand(1, a.where) - cosine, apart), a), reduction);
}

Tensor triplet_margin_loss(const Located& anchor, const Located& positive, const Located& negative,
                           const TripletMarginOptions& how) {
  for (const Located& other : {positive, negative}) require_alike(anchor, other, "triplet_margin_loss");
  checked_axis(anchor, -1, "triplet_margin_loss");
  const auto distance = [&](const Located& a, const Located& b) {
    return at(pairwise_distance(at(a, anchor), at(b, anchor), {.eps = how.eps}), anchor);
  };
  const Located near = distance(anchor, positive);
  Located far = distance(anchor, negative);
  if (how.swap) far = at(minimum(far, distance(positive, negative)), anchor);
  return reduced(at(not_negative(at(near - far + how.margin, anchor)), anchor), how.reduction);
}

}  // namespace cgan_jit
