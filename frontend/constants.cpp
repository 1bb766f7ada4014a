#include "frontend/emit.h"
#include "frontend/ops.h"
#include "ir/standard_floats.h"

namespace cgan_jit {

Tensor arange(Builder& builder, int64_t begin, int64_t end, int64_t step, Line where) {
  if (step == 0 || (step > 0 ? begin > end : begin < end))
    fail(where, fmt::format("arange: from {} to {} by {}", begin, end, step));
  const int64_t count = (end - begin) / step + ((end - begin) % step != 0);
  const Tensor steps = Operand(builder.iota(0, {count}, where), where) * step;
  return Operand(steps, where) + begin;
}

Tensor arange(Builder& builder, int64_t end, Line where) { return arange(builder, 0, end, 1, where); }

// From the nearer end on, as PyTorch has it: both are met exactly.
Tensor linspace(Builder& builder, double begin, double end, int64_t steps, Line where) {
  const StandardFloats standard;
  if (steps < 0) fail(where, fmt::format("linspace: from {} to {} in {} steps", begin, end, steps));
  const double step = steps > 1 ? (end - begin) / static_cast<double>(steps - 1) : 0;
  const Tensor place = builder.iota(0, {steps}, where);
  const auto numbers = [&](const Tensor& of) { return Operand(cast({of, where}, DType::f32), where); };
  const Tensor from_begin = numbers(place) * step + begin;
  const Tensor from_end = Operand(end, where) - numbers(Operand(steps - 1, where) - place) * step;
  return cgan_jit::where({Operand(place, where) < steps / 2 + (steps == 1), where}, from_begin, from_end);
}

Tensor eye(Builder& builder, int64_t rows, int64_t columns, Line where) {
  const Shape shape = {rows, columns};
  if (rows < 0 || columns < 0) fail(where, fmt::format("eye: {}, which is no shape", to_string(shape)));
  const Tensor row = builder.iota(0, shape, where), column = builder.iota(1, shape, where);
  return cast({Operand(row, where) == column, where}, DType::f32);
}
Tensor eye(Builder& builder, int64_t rows, Line where) { return eye(builder, rows, rows, where); }

Tensor full_like(const Located& x, double value) {
  return x.builder->constant(value, x.dtype(), x.shape(), x.where);
}
Tensor zeros_like(const Located& x) { return full_like(x, 0); }
Tensor ones_like(const Located& x) { return full_like(x, 1); }

}  // namespace cgan_jit
