#include <cmath>
#include <numbers>

#include "frontend/emit.h"
#include "frontend/ops.h"

namespace cgan_jit {

namespace {

/// The element types that all operands may have.
std::string what_it_takes(Fn fn, size_t operands) {
  std::vector<std::string_view> names;
  for (DType dtype : {DType::f32, DType::i32, DType::u32, DType::u8, DType::boolean}) {
    if (result_type(fn, std::vector(operands, dtype))) names.push_back(name_of(dtype));
  }
  if (names.empty()) return "";
  return fmt::format(": {} {}", operands > 1 ? "all are" : "it is", fmt::join(names, " or "));
}

}  // namespace

Tensor emit_map(const Line& where, Fn fn, const std::vector<Tensor>& operands, std::string_view op) {
  if (op.empty()) op = name_of(fn);
  std::vector<DType> dtypes;
  std::string types;
  for (const Tensor& operand : operands) {
    require_own({operands[0], where}, operand, op);
    dtypes.push_back(operand.dtype());
    types += (types.empty() ? "" : " by ") + to_string(operand.type());
  }
  const std::optional<DType> dtype = result_type(fn, dtypes);
  if (!dtype) fail(where, fmt::format("{}: does not take {}{}", op, types, what_it_takes(fn, dtypes.size())));
  return operands[0].builder->add(where, Map{fn}, operands, {*dtype, operands[0].shape()});
}

namespace {

bool is_integer(double number) { return number == std::trunc(number); }

/// Whether a constant of that element type may stand for the number. f32 is rounded to, the others are exact.
bool fits(double number, DType dtype) {
  switch (dtype) {
    case DType::f32:
      return true;
    case DType::i32:
      return is_integer(number) && number >= -0x1p31 && number < 0x1p31;
    case DType::u32:
      return is_integer(number) && number >= 0 && number < 0x1p32;
    case DType::u8:
      return is_integer(number) && number >= 0 && number < 0x1p8;
    case DType::boolean:
      return number == 0 || number == 1;
  }
  return false;
}

/// The number as an operand of `op` beside `like`. (Adding 0 makes a negative zero one that integers have.)
Tensor as_tensor(const Line& where, std::string_view op, const Operand& operand, const Tensor& like) {
  if (const auto* tensor = std::get_if<Tensor>(&operand.is)) return *tensor;
  const double number = std::get<double>(operand.is);
  if (!fits(number, like.dtype())) {
    fail(where, fmt::format("{}: {} by {}, which is no {} number", op, to_string(like.type()), number,
                            name_of(like.dtype())));
  }
  return like.builder->constant(like.dtype() == DType::f32 ? number : number + 0, like.dtype(), {}, where);
}

/// The first of the operands that is a tensor: numbers take its type.
Tensor the_tensor(const Operand& a, const Operand& b) {
  if (const auto* tensor = std::get_if<Tensor>(&a.is)) return *tensor;
  if (const auto* tensor = std::get_if<Tensor>(&b.is)) return *tensor;
  fail(a.where, "an operation on two numbers: one operand must be a tensor");
}

Tensor binary(Fn fn, const Operand& a, const Operand& b, std::string_view op) {
  const Tensor like = the_tensor(a, b);
  const Tensor x = as_tensor(a.where, op, a, like), y = as_tensor(a.where, op, b, like);
  const Shape shape = broadcast_shapes(a.where, op, x.shape(), y.shape());
  return emit_map(a.where, fn, {broadcast_to({x, a.where}, shape), broadcast_to({y, a.where}, shape)}, op);
}
Tensor binary(Fn fn, const Operand& a, const Operand& b) { return binary(fn, a, b, name_of(fn)); }

Tensor unary(Fn fn, const Located& x) { return emit_map(x.where, fn, {x}); }

/// Of truth values.
Tensor logical(Fn fn, const Located& a, const Located& b, std::string_view op) {
  return binary(fn, at(cast(a, DType::boolean), a), at(cast(at(b, a), DType::boolean), a), op);
}

}  // namespace

Tensor operator+(const Operand& a, const Operand& b) { return binary(Fn::add, a, b); }
Tensor operator-(const Operand& a, const Operand& b) { return binary(Fn::sub, a, b); }
Tensor operator*(const Operand& a, const Operand& b) { return binary(Fn::mul, a, b); }
Tensor operator/(const Operand& a, const Operand& b) { return binary(Fn::div, a, b); }
Tensor operator<(const Operand& a, const Operand& b) { return binary(Fn::lt, a, b); }
Tensor operator<=(const Operand& a, const Operand& b) { return binary(Fn::le, a, b); }
Tensor operator>(const Operand& a, const Operand& b) { return binary(Fn::lt, b, a); }
Tensor operator>=(const Operand& a, const Operand& b) { return binary(Fn::le, b, a); }
Tensor operator==(const Operand& a, const Operand& b) { return binary(Fn::eq, a, b); }
Tensor operator!=(const Operand& a, const Operand& b) { return binary(Fn::ne, a, b); }
Tensor maximum(const Operand& a, const Operand& b) { return binary(Fn::max, a, b, "maximum"); }
Tensor minimum(const Operand& a, const Operand& b) { return binary(Fn::min, a, b, "minimum"); }

Tensor operator-(const Located& x) { return unary(Fn::neg, x); }
Tensor abs(const Located& x) { return unary(Fn::abs, x); }
Tensor exp(const Located& x) { return unary(Fn::exp, x); }
Tensor log(const Located& x) { return unary(Fn::log, x); }
Tensor log1p(const Located& x) { return unary(Fn::log1p, x); }
Tensor sqrt(const Located& x) { return unary(Fn::sqrt, x); }
Tensor tanh(const Located& x) { return unary(Fn::tanh, x); }
Tensor sigmoid(const Located& x) { return unary(Fn::sigmoid, x); }
Tensor sin(const Located& x) { return unary(Fn::sin, x); }
Tensor cos(const Located& x) { return unary(Fn::cos, x); }
Tensor expm1(const Located& x) { return unary(Fn::expm1, x); }

Tensor erf(const Located& x) { return unary(Fn::erf, x); }
Tensor sign(const Located& x) { return unary(Fn::sign, x); }
Tensor floor(const Located& x) { return unary(Fn::floor, x); }
Tensor ceil(const Located& x) {
  require_dtype(x, DType::f32, "ceil");
  return -at(floor(at(-x, x)), x);
}
Tensor round(const Located& x) { return unary(Fn::round, x); }
Tensor rsqrt(const Located& x) {
  require_dtype(x, DType::f32, "rsqrt");
  return Operand(1, x.where) / at(sqrt(x), x);
}

Tensor square(const Located& x) {
  if (!result_type(Fn::mul, {x.dtype(), x.dtype()}))
    fail(x.where, fmt::format("square: needs f32, i32 or u32, got {}", to_string(x.type())));
  return x * x;
}
Tensor reciprocal(const Located& x) {
  require_dtype(x, DType::f32, "reciprocal");
  return Operand(1, x.where) / x;
}
Tensor tan(const Located& x) {
  require_dtype(x, DType::f32, "tan");
  return at(sin(x), x) / cos(x);
}
Tensor log2(const Located& x) {
  require_dtype(x, DType::f32, "log2");
  return at(log(x), x) * std::numbers::log2e;
}
Tensor log10(const Located& x) {
  require_dtype(x, DType::f32, "log10");
  return at(log(x), x) * std::numbers::log10e;
}

namespace {

/// e^(x/2) - 1 and e^(-x/2) - 1. What is made of them overflows where it should and cancels nowhere, nor do
/// its gradients.
struct Halves {
  Located rising, falling;
};
Halves halves_of(const Located& x, std::string_view op) {
  require_dtype(x, DType::f32, op);
  return {at(expm1(at(x * 0.5, x)), x), at(expm1(at(x * -0.5, x)), x)};
}

}  // namespace

// 2 sinh(x/2) cosh(x/2).
Tensor sinh(const Located& x) {
  const auto [rising, falling] = halves_of(x, "sinh");
  return at(rising - falling, x) * at(at(rising + falling, x) * 0.5 + 1, x);
}

// 1 + 2 sinh(x/2)^2.
Tensor cosh(const Located& x) {
  const auto [rising, falling] = halves_of(x, "cosh");
  const Located sine = at(rising - falling, x);
  return at(sine * at(sine * 0.5, x), x) + 1;
}

// What is one multiplication, root or division is that, as in PyTorch.
Tensor pow(const Operand& x, const Operand& exponent) {
  const auto* number = std::get_if<double>(&exponent.is);
  const auto* base = std::get_if<Tensor>(&x.is);
  if (!number || !base) return binary(Fn::pow, x, exponent);
  const Located located{*base, x.where};
  require_dtype(located, DType::f32, "pow");
  if (*number == 2) return x * x;
  if (*number == 3) return Operand(x * x, x.where) * x;
  if (*number == 0.5) return sqrt(located);
  if (*number == -0.5) return rsqrt(located);
  if (*number == -1) return Operand(1, x.where) / x;
  if (*number == -2) return Operand(1, x.where) / Operand(x * x, x.where);
  return binary(Fn::pow, x, exponent);
}

Tensor exp2(const Located& x) {
  require_dtype(x, DType::f32, "exp2");
  return pow(Operand(2, x.where), x);
}

// Of two equal operands the second gets the gradient: x, at the bounds.
Tensor clamp(const Located& x, const Operand& low, const Operand& high) {
  const Operand raised{binary(Fn::max, {low.is, x.where}, x, "clamp"), x.where};
  return binary(Fn::min, {high.is, x.where}, raised, "clamp");
}

Tensor logical_not(const Located& x) { return emit_map(x.where, Fn::bit_not, {cast(x, DType::boolean)}); }
Tensor logical_and(const Located& a, const Located& b) { return logical(Fn::bit_and, a, b, "logical_and"); }
Tensor logical_or(const Located& a, const Located& b) { return logical(Fn::bit_or, a, b, "logical_or"); }
Tensor logical_xor(const Located& a, const Located& b) { return logical(Fn::bit_xor, a, b, "logical_xor"); }

Tensor leaky_relu(const Located& x, float slope) {
  return binary(Fn::leaky_relu, {x, x.where}, {slope, x.where});
}

Tensor relu(const Located& x) { return binary(Fn::max, {x, x.where}, {0, x.where}, "relu"); }

Tensor where(const Located& condition, const Operand& a, const Operand& b) {
  require_dtype(condition, DType::boolean, "where");
  const bool numbers = std::holds_alternative<double>(a.is) && std::holds_alternative<double>(b.is);
  const Tensor like = numbers ? condition.builder->constant(0) : the_tensor(a, b);
  const Tensor x = as_tensor(condition.where, "where", a, like);
  const Tensor y = as_tensor(condition.where, "where", b, like);
  for (const Tensor& tensor : {x, y}) require_own(condition, tensor, "where");
  if (x.dtype() != y.dtype()) fail(condition.where, fmt::format("where: {}", both_types(x, y)));
  const Shape chosen = broadcast_shapes(condition.where, "where", x.shape(), y.shape());
  const Shape shape = broadcast_shapes(condition.where, "where", condition.shape(), chosen);
  const auto stretched = [&](const Tensor& t) { return broadcast_to({t, condition.where}, shape); };
  return emit_map(condition.where, Fn::select, {stretched(condition), stretched(x), stretched(y)});
}

Tensor masked_fill(const Located& x, const Located& mask, const Operand& value) {
  require_own(x, mask, "masked_fill");
  require_dtype(at(mask, x), DType::boolean, "masked_fill: the mask");
  if (broadcast_shapes(x.where, "masked_fill", x.shape(), mask.shape()) != x.shape())
    fail(x.where, fmt::format("masked_fill: {} by a mask {}, which does not broadcast to it",
                              to_string(x.shape()), to_string(mask.shape())));
  const Tensor fill = as_tensor(x.where, "masked_fill", value, x);
  require_own(x, fill, "masked_fill");
  if (fill.type() != Type{x.dtype(), {}})
    fail(x.where, fmt::format("masked_fill: {}, the second one is to be a scalar", both_types(x, fill)));
  return where(at(mask, x), fill, x);
}

// From the nearer end on, so that it is met exactly.
Tensor lerp(const Located& start, const Located& end, const Operand& weight) {
  for (const Tensor& tensor : {Tensor(start), Tensor(end), as_tensor(start.where, "lerp", weight, start)})
    require_dtype(at(tensor, start), DType::f32, "lerp");
  const auto both = [&](Fn fn, const Operand& a, const Operand& b) {
    return Operand(binary(fn, {a.is, start.where}, b, "lerp"), start.where);
  };
  const Operand way = both(Fn::sub, end, start);
  const Operand from_start = both(Fn::add, start, both(Fn::mul, way, weight));
  const Operand share = as_tensor(start.where, "lerp", weight, start), rest = both(Fn::sub, 1, share);
  const Operand from_end = both(Fn::sub, end, both(Fn::mul, way, rest));
  const Tensor is_near = at(abs(at(std::get<Tensor>(share.is), start)), start) < 0.5;
  return where(at(is_near, start), from_start, from_end);
}

namespace {

Fn conversion_to(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return Fn::to_f32;
    case DType::i32:
      return Fn::to_i32;
    case DType::u32:
      return Fn::to_u32;
    case DType::u8:
      return Fn::to_u8;
    case DType::boolean:
      return Fn::to_bool;
  }
  throw InternalError("internal error: a cast to no element type");
}

}  // namespace

Tensor cast(const Located& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  return emit_map(x.where, conversion_to(dtype), {x}, fmt::format("cast to {}", name_of(dtype)));
}

Tensor detach(const Located& x) { return x.builder->add(x.where, Detach{}, {x}, x.type()); }

}  // namespace cgan_jit
