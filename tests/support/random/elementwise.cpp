#include "tests/support/random/growers.h"

#include <algorithm>
#include <cmath>

namespace cgan_jit::grow {

namespace {

Value condition(Growth& g, const Shape& shape) {
  const Fn fn = g.one_of<Fn>({Fn::lt, Fn::le, Fn::eq, Fn::ne});
  const Value first = g.map(fn, {g.exact_of_shape(shape), g.exact_of_shape(shape)}, {1, true});
  if (g.chance(70)) return first;
  const Value second = g.map(Fn::lt, {g.exact_of_shape(shape), g.exact_of_shape(shape)}, {1, true});
  const Value other = g.chance(30) ? g.map(Fn::bit_not, {second}, {1, true}) : second;
  return g.map(g.one_of<Fn>({Fn::bit_and, Fn::bit_or, Fn::bit_xor}), {first, other}, {1, true});
}

}  // namespace

Value unary(Growth& g) {
  const Value a = g.tame(g.any());
  const Fn fn = g.one_of<Fn>({Fn::neg, Fn::abs, Fn::tanh, Fn::sigmoid, Fn::sin, Fn::cos, Fn::erf});
  const bool moves = fn == Fn::neg || fn == Fn::abs;
  return g.map(fn, {a}, {moves ? g.facts(a).bound : 1, moves && g.facts(a).exact});
}

/// Functions that need a small or a positive operand get one.
Value safe_unary(Growth& g) {
  const Value a = g.tame(g.any());
  const Type type = g.type(a);
  const Value small = g.map(Fn::tanh, {a}, {1, false});
  if (g.chance(40)) return g.map(g.one_of<Fn>({Fn::exp, Fn::expm1}), {small}, {3, false});
  if (g.chance(25))
    return g.map(Fn::log1p, {g.map(Fn::mul, {small, g.number(0.5, type)}, {0.5, false})}, {1, false});
  const Value positive =
      g.map(Fn::add, {g.map(Fn::abs, {small}, {1, false}), g.number(0.5, type)}, {1.5, false});
  if (g.chance(30)) return g.map(Fn::div, {a, positive}, {2 * g.facts(a).bound, false});
  if (g.chance(20)) return g.map(Fn::pow, {positive, small}, {2, false});
  return g.map(g.one_of<Fn>({Fn::log, Fn::sqrt}), {positive}, {1.3, false});
}

Value binary(Growth& g) {
  const Value a = g.tame(g.any());
  const Value b = g.tame(g.of_shape(g.shape_of(a)));
  const double x = g.facts(a).bound, y = g.facts(b).bound;
  const bool exact = g.facts(a).exact && g.facts(b).exact;
  const Fn fn =
      g.one_of<Fn>({Fn::add, Fn::add, Fn::sub, Fn::mul, Fn::mul, Fn::max, Fn::min, Fn::leaky_relu, Fn::fma});
  if (fn == Fn::max || fn == Fn::min) return g.map(fn, {a, b}, {std::max(x, y), exact});
  if (fn == Fn::leaky_relu) return g.map(fn, {a, g.number(0.25, g.type(a))}, {x, false});
  if (fn == Fn::mul) return g.map(fn, {a, b}, {x * y, false});
  if (fn == Fn::fma)
    return g.map(fn, {a, b, g.tame(g.of_shape(g.shape_of(a)))}, {x * y + Growth::most_magnitude, false});
  return g.map(fn, {a, b}, {x + y, false});
}

Value selected(Growth& g) {
  const Value a = g.any();
  const Value b = g.of_shape(g.shape_of(a));
  const double bound = std::max(g.facts(a).bound, g.facts(b).bound);
  return g.map(Fn::select, {condition(g, g.shape_of(a)), a, b},
               {bound, g.facts(a).exact && g.facts(b).exact});
}

Value discontinuous(Growth& g) {
  const Value a = g.exact_of_shape(g.shape_of(g.any()));
  const Facts known{std::max(1.0, g.facts(a).bound + 1), true};
  if (g.chance(50)) return g.map(g.one_of<Fn>({Fn::floor, Fn::round, Fn::sign}), {a}, known);
  return g.map(Fn::to_f32, {g.map(g.one_of<Fn>({Fn::to_i32, Fn::to_bool, Fn::to_u8}), {a}, {256, true})},
               {256, true});
}

Value detached(Growth& g) {
  const Value a = g.any();
  return g.put(Detach{}, {a}, g.type(a), g.facts(a));
}

Value iota(Growth& g) {
  const Shape shape = g.shape(1 + static_cast<int>(g.below(2)));
  const Value axis =
      g.put(Iota{static_cast<int>(g.below(rank_of(shape)))}, {}, Type{DType::i32, shape}, {70, true});
  return g.map(Fn::to_f32, {axis}, {70, true});
}

/// Uniform in [0, 1), from the 24 upper bits of each word.
Value uniform(Growth& g) {
  const Value seed = g.put(Input{"seed"}, {}, Type{DType::u32, {}}, {0, true});
  const Value step = g.put(Input{"step"}, {}, Type{DType::u32, {}}, {0, true});
  const Shape shape = g.shape(static_cast<int>(g.below(3)));
  const Value words = g.put(Random{g.next_stream()}, {seed, step}, Type{DType::u32, shape}, {0, true});
  const Value eight = g.put(Const{8}, {}, Type{DType::u32, shape}, {8, true});
  const Value high = g.map(Fn::to_i32, {g.map(Fn::shr, {words, eight}, {0, true})}, {0, true});
  const Value scale = g.number(std::ldexp(1.0, -24), Type{DType::f32, shape});
  return g.map(Fn::mul, {g.map(Fn::to_f32, {high}, {std::ldexp(1.0, 24), true}), scale}, {1, true});
}

}  // namespace cgan_jit::grow
