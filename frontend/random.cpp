#include <algorithm>
#include <cmath>
#include <numbers>

#include "frontend/emit.h"
#include "frontend/ops.h"
#include "ir/standard_floats.h"

namespace cgan_jit {

namespace {

constexpr double two_to_24 = 1 << 24;

/// The upper 24 bits of u32 words, i32.
Tensor upper_bits(const Tensor& words, const Line& where) {
  const Tensor eight = words.builder->constant(8, DType::u32, words.shape(), where);
  return emit_map(where, Fn::as_i32, {emit_map(where, Fn::shr, {words, eight})});
}

Tensor random_bits(Builder& builder, const Shape& shape, const Line& where) {
  return upper_bits(builder.random_words(shape, where), where);
}

}  // namespace

Tensor uniform_of_words(const Located& words) {
  return cast(upper_bits(words, words.where), DType::f32) * (1 / two_to_24);
}

Tensor normal_of_uniforms(const Tensor& u1, const Tensor& u2) {
  return sqrt(log(1 - u1) * -2) * cos(u2 * (2 * std::numbers::pi));
}

Tensor random_uniform(Builder& builder, const Shape& shape, Line at) {
  return uniform_of_words({builder.random_words(shape, at), at});
}

Tensor random_normal(Builder& builder, const Shape& shape, Line at) {
  const Tensor u1 = random_uniform(builder, shape, at);
  const Tensor u2 = random_uniform(builder, shape, at);
  return normal_of_uniforms(u1, u2);
}

// u = bits / 2^24 <= 1 - 2^-24, so that u * below rounds to less than below.
Tensor random_integers(Builder& builder, int64_t below, const Shape& shape, Line at) {
  if (below < 1 || below > (1 << 24))
    fail(at, fmt::format("random_integers: below {}: must be in 1 .. 2^24", below));
  return cast(random_uniform(builder, shape, at) * below, DType::i32);
}

namespace {

/// Dropout by a random choice for each element of `choices`, which broadcasts to x.
// u < keep, asked of the integers: bits < keep * 2^24. What is dropped is times zero, so that a NaN stays
// seen; the gradient needs the choice alone, a quarter of the memory that factors would take.
Tensor dropped(const Located& x, float p, Mode mode, const Shape& choices, std::string_view op) {
  const StandardFloats standard;
  require_dtype(x, DType::f32, op);
  if (!(p >= 0 && p < 1)) fail(x.where, fmt::format("{}: p = {} is not in [0, 1)", op, p));
  if (p == 0 || mode == Mode::eval) return x;
  const float keep = 1 - p;
  const Tensor kept = random_bits(*x.builder, choices, x.where) < std::ceil(keep * two_to_24);
  const Operand y{x, x.where}, zeroed{detach(x), x.where};
  return where(kept, y * (1 / keep), zeroed * 0);
}

}  // namespace

Tensor dropout(const Located& x, float p, Mode mode) { return dropped(x, p, mode, x.shape(), "dropout"); }
Tensor dropout(const Located& x, float p) { return dropout(x, p, x.builder->mode()); }

Tensor dropout2d(const Located& x, float p) {
  if (x.rank() < 3)
    fail(x.where, fmt::format("dropout2d: {} has no channels: [n,c,...]", to_string(x.shape())));
  Shape channels(x.shape().size(), 1);
  std::copy_n(x.shape().begin(), 2, channels.begin());
  return dropped(x, p, x.builder->mode(), channels, "dropout2d");
}

}  // namespace cgan_jit
