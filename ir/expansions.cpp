#include <initializer_list>
#include <limits>
#include <map>
#include <numbers>

#include "ir/expansion_steps.h"
#include "ir/scalar.h"
#include "ir/sine.h"

// Errors are in units in the last place of the true value, the most over all 2^32 floats. NaN gives NaN.

namespace cgan_jit {

using namespace expansions;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// x = h * 2 ln 2 + rest, |rest| <= ln 2, and scale = 2^h. Twice ln 2, because scale^2 = 2^(2h) then reaches
/// both infinity and the subnormals, which no single float power of two does. -104 <= x <= 89.
struct PowerOfTwo {
  Scalar scale, rest;
};
PowerOfTwo split_power(Steps& s, Scalar x) {
  constexpr double period = 2 * std::numbers::ln2;
  // 1.5 * 2^23 + 127: a sum with it has h + 127 in its low bits, rounded to nearest even.
  const Scalar magic = s.real(12582912.0 + 127);
  const Scalar shifted = s.fma(x, s.real(1 / period), magic);
  const Scalar h = s.sub(shifted, magic);
  const Scalar rest = s.fma(h, s.real(-low(period)), s.fma(h, s.real(-high(period)), x));
  const Scalar bits = s.shl(s.as_integer(shifted), s.integer(23));
  return {s.as_real(bits), rest};
}

// (exp(r) - 1 - r) / r^2 for |r| <= ln 2 to 3e-8 / |r|, by Remez exchange.
constexpr std::initializer_list<double> exp_tail = {0.500000288259,   0.166666762829,   0.0416617117004,
                                                    0.00833236606846, 0.00140974220866, 0.00020133930704};

/// scale^2 e^rest.
Scalar scaled_power(Steps& s, Scalar scale, Scalar rest) {
  const Scalar tail = s.polynomial(rest, exp_tail);
  const Scalar power = s.fma(s.fma(tail, rest, s.real(1)), rest, s.real(1));
  return s.mul(s.mul(power, scale), scale);
}

/// e^x for x <= 89 (and infinity there). Below the subnormals the scale is 0: a product that underflows costs
/// a hundred others, and masks of softmax make many.
Scalar exp_steps(Steps& s, Scalar x) {
  const auto [scale, rest] = split_power(s, s.at_least(-104, x));
  return scaled_power(s, s.select(s.less(x, s.real(-104)), s.real(0), scale), rest);
}

/// exp: 1.6 over all floats; infinity above 88.7228, subnormals down to 0 at -103.97.
Expansion expand_exp() {
  Steps s(1);
  return s.finish(exp_steps(s, s.at_most(89, s.argument(0))));
}

/// expm1: 1.8 over all floats. e^x - 1 = scale (scale expm1(r) + scale - 1 / scale).
Expansion expand_expm1() {
  Steps s(1);
  const Scalar x = s.argument(0);
  const auto [scale, r] = split_power(s, s.at_least(-18, s.at_most(89, x)));
  const Scalar small = s.fma(s.polynomial(r, exp_tail), s.mul(r, r), r);
  // 1 / 2^h: exponents h + 127 and 127 - h sum to 254.
  const Scalar inverse_bits = s.sub(s.integer(254 << 23), s.as_integer(scale));
  const Scalar inverse = s.as_real(inverse_bits);
  const Scalar scaled = s.fma(scale, small, s.sub(scale, inverse));
  return s.finish(zero_or(s, x, s.mul(scaled, scale)));
}

/// log((1 + f) 2^e) for 1 + f in [sqrt(1/2), sqrt(2)], e a whole number.
Scalar log_steps(Steps& s, Scalar f, Scalar e) {
  // (log(1 + f) - f + f^2 / 2) / f^3, by Remez exchange.
  const Scalar tail = s.polynomial(f, {0.333333167764, -0.250007965757, 0.200022831324, -0.166249695767,
                                       0.141814076026, -0.131252883714, 0.128792789549, -0.0786555642526});
  const Scalar square = s.mul(f, f);
  const Scalar correction = s.mul(square, s.fma(tail, f, s.real(-0.5)));
  const Scalar fraction = s.add(f, s.fma(e, s.real(low(std::numbers::ln2)), correction));
  return s.fma(e, s.real(high(std::numbers::ln2)), fraction);
}

/// `finite` where x > pole; -infinity at the pole, NaN below, x at infinity and NaN.
Scalar log_beyond(Steps& s, Scalar x, double pole, Scalar finite) {
  const Scalar of_less = s.select(s.less(x, s.real(pole)), s.real(not_a_number), finite);
  const Scalar of_pole = s.select(s.apply(Fn::eq, {x, s.real(pole)}), s.real(-infinity), of_less);
  return s.select(s.less(x, s.real(infinity)), of_pole, x);
}

/// The exponent e of x = 2^e m, m in [sqrt(1/2), sqrt(2)), from the bits of a positive normal number: as a
/// number, and where it stands in the bits.
struct Exponent {
  Scalar number, bits;
};
Exponent exponent_of(Steps& s, Scalar bits) {
  const Scalar number = s.shr(s.sub(bits, s.integer(0x3F3504F3)), s.integer(23));
  return {number, s.shl(number, s.integer(23))};
}

/// log: 0.95 over all positive floats, subnormals too; log(0) is -infinity, of negative numbers NaN.
Expansion expand_log() {
  Steps s(1);
  const Scalar x = s.argument(0);
  const Scalar subnormal = s.less(x, s.real(0x1p-126));
  const Scalar normal = s.select(subnormal, s.mul(x, s.real(0x1p25)), x);
  const Scalar bits = s.as_integer(normal);
  const Exponent exponent = exponent_of(s, bits);
  const Scalar f = s.sub(s.as_real(s.sub(bits, exponent.bits)), s.real(1));
  const Scalar e = s.sub(s.to_real(exponent.number), s.select(subnormal, s.real(25), s.real(0)));
  return s.finish(log_beyond(s, x, 0, log_steps(s, f, e)));
}

/// log1p: 1.6 over all floats above -1; log1p(-1) is -infinity, of what is less NaN. With 1 + x = 2^e (1 +
/// f), f = 2^-e x - (1 - 2^-e) is rounded once, however small x is.
Expansion expand_log1p() {
  Steps s(1);
  const Scalar x = s.argument(0), one = s.real(1);
  const Exponent exponent = exponent_of(s, s.as_integer(s.add(one, x)));
  const Scalar scaled = s.as_real(s.sub(s.as_integer(x), exponent.bits));
  // 4 * 2^-e: a float for every e up to 128.
  const Scalar four_scales = s.as_real(s.sub(s.integer(0x40800000), exponent.bits));
  const Scalar f = s.sub(scaled, s.sub(one, s.mul(s.real(0.25), four_scales)));
  const Scalar finite = log_steps(s, f, s.to_real(exponent.number));
  return s.finish(zero_or(s, x, log_beyond(s, x, -1, finite)));
}

/// tanh: 3.5 over all floats; odd, never above 1 in magnitude, and 1 from 9 on. It is 2u / (1 + u^2) with
/// u = tanh(x / 2) = x p / 2q: where tanh is flat the errors of u fade. p and q, by Remez exchange, are to
/// 1.2e-8 cosh x; they begin high in a binade, where roundings weigh least.
Expansion expand_tanh() {
  constexpr double first = 1.845;
  Steps s(1);
  const Scalar x = s.at_least(-9, s.at_most(9, s.argument(0)));
  const Scalar square = s.mul(x, x);
  const Scalar p = s.polynomial(square, {first, first * 0.0297842971077, first * 0.000114461546603});
  const Scalar q = s.polynomial(
      square, {first, first * 0.11311760091, first * 0.00120762484164, first * 1.23283506552e-6});
  const Scalar numerator = s.mul(x, p);
  const Scalar norm = s.fma(s.mul(numerator, s.real(0.25)), numerator, s.mul(q, q));
  return s.finish(s.div(s.mul(numerator, q), norm));
}

/// sigmoid: 3.5 over all floats, subnormals too. With y = e^-|x|: 1 / (1 + y), or y / (1 + y) for negative x.
Expansion expand_sigmoid() {
  Steps s(1);
  const Scalar x = s.argument(0);
  const Scalar y = exp_steps(s, s.apply(Fn::neg, {s.apply(Fn::abs, {x})}));
  const Scalar numerator = s.select(s.less(x, s.real(0)), y, s.real(1));
  return s.finish(s.div(numerator, s.add(s.real(1), y)));
}

/// erf: 1.4 over all floats; odd, never above 1 in magnitude. x + x p(x^2) up to 0.93 (p to 5e-10), then 1 -
/// e^q(|x|), e^q to 1.5e-9; both by Remez exchange.
Expansion expand_erf() {
  Steps s(1);
  const Scalar x = s.argument(0), size = s.apply(Fn::abs, {x});
  const Scalar near =
      s.fma(s.polynomial(s.mul(x, x), {0.128379166642, -0.376126336971, 0.112836939427, -0.0268592708132,
                                       0.00520063437169, -0.000813743825111, 8.34522757804e-05}),
            x, x);
  const Scalar complement = exp_steps(
      s,
      s.polynomial(s.at_most(4, size), {-0.000222791972837, -1.12756269904, -0.637373866294, -0.103762198675,
                                        0.0221447069998, -0.00302246366160, 0.000193809486721}));
  const Scalar sign = s.bit_and(s.as_integer(x), s.integer(INT32_MIN));
  const Scalar far = s.as_real(s.bit_or(s.as_integer(s.sub(s.real(1), complement)), sign));
  return s.finish(s.select(s.less(size, s.real(0.93)), near, far));
}

/// high + low, |low| at most half a unit in high's last place.
struct Pair {
  Scalar high, low;
};

/// a + b, |a| >= |b| or a = 0.
Pair exact_sum(Steps& s, Scalar a, Scalar b) {
  const Scalar sum = s.add(a, b);
  return {sum, s.sub(b, s.sub(sum, a))};
}

/// a b + c, c small.
Pair exact_product(Steps& s, Scalar a, Scalar b, Scalar c) {
  const Scalar product = s.mul(a, b);
  return {product, s.add(s.fma(a, b, s.apply(Fn::neg, {product})), c)};
}

/// a b, to 2^-46.
Pair product(Steps& s, Pair a, Pair b) {
  return exact_product(s, a.high, b.high, s.fma(a.high, b.low, s.mul(a.low, b.high)));
}

/// log(1 + f) to 2^-33: 2 r + r^3 (2/3 + 2/5 r^2 + ...), r = f / (2 + f).
Pair log1p_pair(Steps& s, Scalar f) {
  const auto [denominator, beyond] = exact_sum(s, s.real(2), f);
  const Scalar quotient = s.div(f, denominator), minus = s.apply(Fn::neg, {quotient});
  const Scalar remainder = s.fma(minus, beyond, s.fma(minus, denominator, f));
  const Pair r{quotient, s.div(remainder, denominator)};
  const Pair square = product(s, r, r);
  // (log((1 + r) / (1 - r)) - 2 r - 2/3 r^3) / r^5, by Remez exchange.
  const Scalar tail = s.polynomial(square.high, {0.400000152633, 0.285621775114, 0.230503001853});
  const Scalar third = s.real(high(2.0 / 3));
  const Scalar behind = s.mul(s.mul(square.high, square.high), tail);
  const Scalar small = s.fma(square.high, s.real(low(2.0 / 3)), s.fma(square.low, third, behind));
  const Pair cube = product(s, r, exact_product(s, square.high, third, small));
  const Scalar two = s.real(2);
  const Pair sum = exact_sum(s, s.mul(two, r.high), cube.high);
  return {sum.high, s.add(sum.low, s.fma(two, r.low, cube.low))};
}

/// log(x) to 2^-33, 0 < x < infinity.
Pair log_pair(Steps& s, Scalar x) {
  constexpr double upper = 0x1.62e4p-1;  // of ln 2: times an exponent it is exact
  const Scalar subnormal = s.less(x, s.real(0x1p-126));
  const Scalar bits = s.as_integer(s.select(subnormal, s.mul(x, s.real(0x1p25)), x));
  const Exponent exponent = exponent_of(s, bits);
  const Scalar f = s.sub(s.as_real(s.sub(bits, exponent.bits)), s.real(1));
  const Scalar e = s.sub(s.to_real(exponent.number), s.select(subnormal, s.real(25), s.real(0)));
  const Pair fraction = log1p_pair(s, f);
  const Pair sum = exact_sum(s, s.mul(e, s.real(upper)), fraction.high);
  return {sum.high, s.add(sum.low, s.fma(e, s.real(std::numbers::ln2 - upper), fraction.low))};
}

/// |x|^y for 0 < |x| < infinity: infinity and 0 beyond the floats.
Scalar power_of_finite(Steps& s, Scalar size, Scalar y) {
  const Pair log = log_pair(s, size);
  const Pair exponent = exact_product(s, y, log.high, s.mul(y, log.low));
  const Scalar within = s.at_least(-104, s.at_most(89, exponent.high));
  const auto [scale, rest] = split_power(s, within);
  const Scalar untouched = s.apply(Fn::eq, {within, exponent.high});
  return scaled_power(s, scale, s.select(untouched, s.add(rest, exponent.low), rest));
}

/// pow: 2 over all pairs tried, which are random. Beside the numbers that have a logarithm stand C's rules: 0
/// and infinity by the sign of y, the sign of x for odd y, NaN of negative x and y that is not whole, 1 for
/// x = 1 and y = 0.
Expansion expand_pow() {
  Steps s(2);
  const Scalar x = s.argument(0), y = s.argument(1), zero = s.real(0), one = s.real(1);
  const auto equal = [&](Scalar a, Scalar b) { return s.apply(Fn::eq, {a, b}); };
  const auto is_whole = [&](Scalar a) { return equal(s.apply(Fn::floor, {a}), a); };
  const Scalar size = s.apply(Fn::abs, {x});
  const Scalar is_zero = equal(size, zero), is_infinite = equal(size, s.real(infinity));
  const Scalar extreme = s.bit_or(is_zero, is_infinite);
  const Scalar grows = s.bit_xor(s.less(zero, y), is_zero);
  const Scalar finite = power_of_finite(s, size, y);
  const Scalar power = s.select(extreme, s.select(grows, s.real(infinity), zero), finite);
  const Scalar negative = s.less(s.as_integer(x), s.integer(0)), whole = is_whole(y);
  const Scalar odd = s.bit_and(whole, s.apply(Fn::bit_not, {is_whole(s.mul(s.real(0.5), y))}));
  const Scalar turned = s.select(s.bit_and(negative, odd), s.apply(Fn::neg, {power}), power);
  const Scalar defined = s.bit_or(whole, s.bit_or(extreme, s.apply(Fn::bit_not, {negative})));
  const Scalar real = s.select(defined, turned, s.real(not_a_number));
  const Scalar known = s.bit_and(equal(x, x), equal(y, y));
  const Scalar always_one = s.bit_or(equal(x, one), equal(y, zero));
  const Scalar minus_one_to_infinity =
      s.bit_and(equal(size, one), equal(s.apply(Fn::abs, {y}), s.real(infinity)));
  const Scalar of_reals = s.select(known, real, s.real(not_a_number));
  return s.finish(s.select(s.bit_or(always_one, minus_one_to_infinity), one, of_reals));
}

/// sign: exact. Zeros and NaN are their own sign.
Expansion expand_sign() {
  Steps s(1);
  const Scalar x = s.argument(0), zero = s.real(0);
  const Scalar of_negative = s.select(s.less(x, zero), s.real(-1), x);
  return s.finish(s.select(s.less(zero, x), s.real(1), of_negative));
}

/// leaky_relu: exact but for the rounding of the product.
Expansion expand_leaky_relu() {
  Steps s(2);
  const Scalar x = s.argument(0);
  return s.finish(s.select(s.less(s.real(0), x), x, s.mul(s.argument(1), x)));
}

}  // namespace

const Expansion* expansion_of(Fn fn, double magnitude) {
  static const std::map<Fn, Expansion> of_all = {
      {Fn::exp, expand_exp()},     {Fn::expm1, expand_expm1()}, {Fn::log, expand_log()},
      {Fn::log1p, expand_log1p()}, {Fn::tanh, expand_tanh()},   {Fn::sigmoid, expand_sigmoid()},
      {Fn::sin, sine(0)},          {Fn::cos, sine(1)},          {Fn::erf, expand_erf()},
      {Fn::pow, expand_pow()},     {Fn::sign, expand_sign()},   {Fn::leaky_relu, expand_leaky_relu()},
  };
  static const std::map<Fn, Expansion> of_small = {
      {Fn::sin, sine_of_small(0)},
      {Fn::cos, sine_of_small(1)},
  };
  const auto in = [fn](const std::map<Fn, Expansion>& expansions) {
    const auto found = expansions.find(fn);
    return found == expansions.end() ? nullptr : &found->second;
  };
  const Expansion* small = magnitude <= small_angle ? in(of_small) : nullptr;
  return small ? small : in(of_all);
}

}  // namespace cgan_jit
