#include "tests/support/random/growers.h"

namespace cgan_jit::grow {

namespace {

/// 1 + x / 256 of whole numbers below 256, by its bits.
Value with_mantissa(Growth& g, Value x) {
  const Type type = g.type(x);
  const auto number = [&](double value) { return g.put(Const{value}, {}, type, {value, true}); };
  const Value mantissa = g.map(Fn::shl, {x, number(15)}, {0, true});
  const Value bits = g.map(Fn::bit_or, {mantissa, number(0x3F800000)}, {0, true});
  return g.map(Fn::as_f32, {bits}, {2, true});
}

/// By how much a shift moves each i32: any amount, most of them from 0 to 33.
Value shift_amounts(Growth& g, const Shape& shape) {
  if (g.chance(40)) return g.map(Fn::to_i32, {g.leaf(DType::u8, shape)}, {255, true});
  return g.put(Const{g.one_of<double>({0, 1, 8, 31, 32, 33, -1})}, {}, Type{DType::i32, shape}, {33, true});
}

/// An i32 value's bits moved, as those of a signed number or of a word.
Value shifted(Growth& g, Value value) {
  const Fn fn = g.one_of<Fn>({Fn::shl, Fn::shr});
  const Value by = shift_amounts(g, g.shape_of(value));
  if (g.chance(50)) return g.map(fn, {value, by}, {0, true});
  const Value words = g.map(Fn::as_u32, {value}, {0, true}), amounts = g.map(Fn::as_u32, {by}, {0, true});
  return g.map(Fn::as_i32, {g.map(fn, {words, amounts}, {0, true})}, {0, true});
}

}  // namespace

/// Integer arithmetic on inputs, back to f32.
Value integers(Growth& g) {
  const Shape shape = g.shape_of(g.any());
  const Value bytes = g.leaf(DType::u8, shape);
  const Value a = g.map(Fn::to_i32, {bytes}, {255, true});
  const Value b = g.map(Fn::to_i32, {g.map(Fn::to_u32, {g.exact_of_shape(shape)}, {0, true})}, {0, true});
  const Fn fn =
      g.one_of<Fn>({Fn::add, Fn::sub, Fn::mul, Fn::max, Fn::min, Fn::bit_and, Fn::bit_or, Fn::bit_xor});
  const Value c = g.map(fn, {a, b}, {0, true});
  const Value moved = g.chance(30) ? shifted(g, c) : c;
  const Value mask = g.put(Const{255}, {}, Type{DType::i32, shape}, {255, true});
  const Value low = g.map(Fn::bit_and, {moved, mask}, {255, true});
  return g.map(Fn::add, {g.map(Fn::to_f32, {low}, {255, true}), with_mantissa(g, low)}, {257, true});
}

/// sum over k of a[m, k] * b[n, k], of small integers, as f32.
Value integer_products(Growth& g) {
  const Shape domain{g.dim(), g.dim(), g.dim()};
  if (!g.fits(domain)) return g.any();
  const Value a = g.leaf(DType::i32, {domain[0], domain[2]}), b = g.leaf(DType::i32, {domain[1], domain[2]});
  const Value product =
      g.map(Fn::mul, {g.read(a, projection(3, {0, 2}), domain), g.read(b, projection(3, {1, 2}), domain)},
            {81, true});
  const Order order = g.one_of<Order>({Order::seq, Order::lanes16});
  const Facts known{81.0 * static_cast<double>(domain[2]), true};
  const Value sum =
      g.put(Reduce{ReduceFn::add, {2}, order}, {product}, Type{DType::i32, {domain[0], domain[1]}}, known);
  return g.map(Fn::to_f32, {sum}, known);
}

}  // namespace cgan_jit::grow
