#include "frontend/loss_parts.h"
#include "ir/standard_floats.h"

namespace cgan_jit {

namespace {

Located difference(const Located& x, const Operand& target, std::string_view op) {
  require_target(x, target, op);
  return at(x - target, x);
}

}  // namespace

Tensor mse_loss(const Located& x, const Operand& target, Reduction reduction) {
  const Located error = difference(x, target, "mse_loss");
  return reduced(at(error * error, x), reduction);
}

Tensor l1_loss(const Located& x, const Operand& target, Reduction reduction) {
  return reduced(at(abs(difference(x, target, "l1_loss")), x), reduction);
}

namespace {

/// Of e = |error|: slope e^2 / (2 knee) below the knee, else slope (e - knee / 2).
Located rounded_off(const Located& error, double knee, double slope) {
  const Located size = at(abs(error), error);
  const Tensor parabola = error * error * (0.5 * slope / knee);
  return at(where(at(size < knee, error), parabola, (size - 0.5 * knee) * slope), error);
}

}  // namespace

Tensor smooth_l1_loss(const Located& x, const Operand& target, Reduction reduction, float beta) {
  const StandardFloats standard;
  if (!(beta >= 0)) fail(x.where, fmt::format("smooth_l1_loss: beta {} is negative", beta));
  if (beta == 0) return l1_loss(x, target, reduction);
  return reduced(rounded_off(difference(x, target, "smooth_l1_loss"), beta, 1), reduction);
}

Tensor huber_loss(const Located& x, const Operand& target, Reduction reduction, float delta) {
  const StandardFloats standard;
  if (!(delta > 0 && delta < infinity))
    fail(x.where, fmt::format("huber_loss: delta {} is not positive and finite", delta));
  return reduced(rounded_off(difference(x, target, "huber_loss"), delta, delta), reduction);
}

}  // namespace cgan_jit
