#include "frontend/loss_parts.h"

namespace cgan_jit {

Tensor reduced(const Located& losses, Reduction reduction) {
  switch (reduction) {
    case Reduction::mean:
      return mean(losses);
    case Reduction::sum:
      return sum(losses);
    case Reduction::none:
      return losses;
  }
  throw InternalError("internal error: a reduction out of range");
}

void require_target(const Located& x, const Operand& target, std::string_view op) {
  require_dtype(x, DType::f32, op);
  const auto* tensor = std::get_if<Tensor>(&target.is);
  if (!tensor) return;
  require_own(x, *tensor, op);
  require_dtype(at(*tensor, x), DType::f32, fmt::format("{}: the target", op));
  broadcast_shapes(x.where, op, x.shape(), tensor->shape());
}

Located target_tensor(const Located& x, const Operand& target) {
  const auto* tensor = std::get_if<Tensor>(&target.is);
  return at(tensor ? *tensor : x.builder->constant(std::get<double>(target.is)), x);
}

// Of two equal operands the second gets the gradient.
Tensor not_negative(const Located& x) { return maximum(Operand(0, x.where), x); }

}  // namespace cgan_jit
