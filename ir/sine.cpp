#include "ir/sine.h"

#include <array>
#include <numbers>

#include "ir/expansion_steps.h"

// sin and cos: 1.6 over all floats; never above 1 in magnitude; of infinity NaN.

namespace cgan_jit::expansions {

namespace {

constexpr double half_pi = std::numbers::pi / 2;

/// An angle as quadrant * pi / 2 + r (the quadrant an i32, modulo 4), |r| <= pi / 4 and a little.
struct Angle {
  Scalar quadrant, r;
};

/// |x| <= small_angle.
Angle small_angle_of(Steps& s, Scalar x) {
  // pi / 2 less its nearest double.
  constexpr double beyond_double = 6.123233995736766e-17;
  // 1.5 * 2^23: a sum with it has the nearest integer, ties to even, in its low bits.
  const Scalar magic = s.real(12582912);
  const Scalar shifted = s.add(s.mul(x, s.real(1 / half_pi)), magic);
  const Scalar n = s.sub(shifted, magic);
  const Scalar coarse = s.fma(n, s.real(-high(half_pi)), x);
  const Scalar fine = s.fma(n, s.real(-high(low(half_pi))), coarse);
  return {s.as_integer(shifted), s.fma(n, s.real(-(low(low(half_pi)) + beyond_double)), fine)};
}

// Bit 32 j + i of the list, counted from the highest, is worth 2^(8 - 32 j - i): the bits of 2 / pi.
constexpr std::array<uint32_t, 7> two_over_pi = {0x00517cc1, 0xb727220a, 0x94fe13ab, 0xe8fa9a6e,
                                                 0xe06db14a, 0xcc9e21c8, 0x20ff28b1};

/// 96 bits of 2 / pi, the first of them number `place` of the list (only the low 7 bits count).
std::array<Scalar, 3> window_at(Steps& s, Scalar place) {
  std::array<Scalar, two_over_pi.size()> words;
  for (size_t j = 0; j < words.size(); ++j) words[j] = s.word(two_over_pi[j]);
  const auto skip = [&](uint32_t bits, size_t left) {
    const Scalar skips = s.apply(Fn::to_bool, {s.bit_and(place, s.word(bits))});
    for (size_t j = 0; j < left; ++j) words[j] = s.select(skips, words[j + bits / 32], words[j]);
  };
  skip(64, 5);
  skip(32, 4);
  // Shifts are modulo 32, so that ~place stands for 31 - place.
  const Scalar rest = s.apply(Fn::bit_not, {place}), one = s.word(1);
  const auto joined = [&](Scalar upper, Scalar lower) {
    return s.bit_or(s.shl(upper, place), s.shr(s.shr(lower, one), rest));
  };
  return {joined(words[0], words[1]), joined(words[1], words[2]), joined(words[2], words[3])};
}

/// The high 32 bits of m * w, m < 2^24, by halves.
Scalar high_product(Steps& s, Scalar m, Scalar w) {
  const Scalar half = s.word(16), mask = s.word(0xffff);
  const Scalar m_low = s.bit_and(m, mask), m_high = s.shr(m, half);
  const Scalar w_low = s.bit_and(w, mask), w_high = s.shr(w, half);
  const Scalar upper = s.add(s.mul(m_low, w_high), s.shr(s.mul(m_low, w_low), half));
  const Scalar lower = s.add(s.mul(m_high, w_low), s.bit_and(upper, mask));
  return s.add(s.mul(m_high, w_high), s.add(s.shr(upper, half), s.shr(lower, half)));
}

/// 64 bits, in units of 2^-62.
struct Fixed {
  Scalar high, low;
};

/// |x| * 2 / pi modulo 4, for finite |x| >= 2^16 (Payne & Hanek 1983): |x| is 2^(e - 150) m, and bits of 2 /
/// pi whose product with it is a multiple of 4 are left out.
Fixed turned_quadrants(Steps& s, Scalar bits) {
  const Scalar e = s.bit_and(s.shr(bits, s.word(23)), s.word(255));
  const Scalar m = s.bit_or(s.bit_and(bits, s.word(0x7fffff)), s.word(0x800000));
  const auto window = window_at(s, s.sub(e, s.word(143)));
  const Scalar last = high_product(s, m, window[2]);
  const Scalar low = s.add(s.mul(m, window[1]), last);
  const Scalar carry = s.apply(Fn::to_u32, {s.less(low, last)});
  const Scalar upper = s.add(s.mul(m, window[0]), high_product(s, m, window[1]));
  return {s.add(upper, carry), low};
}

/// 2^16 <= |x|; infinities and NaN give NaN.
Angle large_angle_of(Steps& s, Scalar x) {
  const Scalar bits = s.as_word(x);
  const Fixed turned = turned_quadrants(s, bits);
  const Scalar n = s.shr(s.add(turned.high, s.word(1U << 29)), s.word(30));
  const Scalar signed_high = s.as_integer(s.sub(turned.high, s.shl(n, s.word(30))));
  // A multiple of 64, which fits a float, and the rest with the bits that follow.
  const Scalar top = s.bit_and(s.add(signed_high, s.integer(32)), s.integer(-64));
  const Scalar below =
      s.bit_or(s.shl(s.sub(signed_high, top), s.integer(25)), s.as_integer(s.shr(turned.low, s.word(7))));
  constexpr double unit = half_pi * 0x1p-30;
  const Scalar not_finite = s.sub(x, x);
  const Scalar tail = s.fma(s.to_real(below), s.real(unit * 0x1p-25), not_finite);
  const Scalar upper = s.to_real(top);
  const Scalar r = s.fma(upper, s.real(high(unit)), s.fma(upper, s.real(low(unit)), tail));
  // The angle of -x is that of x with both parts negated.
  const Scalar sign = s.shr(s.as_integer(x), s.integer(31));
  const Scalar quadrant = s.sub(s.bit_xor(s.as_integer(n), sign), sign);
  return {quadrant, s.as_real(s.bit_xor(s.as_word(r), s.bit_and(bits, s.word(0x80000000))))};
}

/// The sine of quadrant 0 is sin r, of quadrant 1 cos r, then both negated; the cosine is one quadrant ahead.
Scalar sine_of(Steps& s, const Angle& angle, int quadrants_ahead) {
  const Scalar r = angle.r;
  const Scalar square = s.mul(r, r);
  const Scalar sine_tail = s.polynomial(square, {-0.16666655387, 0.00833219608627, -0.000195189503276});
  const Scalar sine = s.fma(sine_tail, s.mul(square, r), r);
  const Scalar cosine = s.polynomial(square, {1, -0.5, 0.0416666520964, -0.00138875806607, 2.44594336549e-5});
  const Scalar quadrant = s.add(angle.quadrant, s.integer(quadrants_ahead));
  const Scalar odd = s.apply(Fn::to_bool, {s.bit_and(quadrant, s.integer(1))});
  const Scalar magnitude = s.as_integer(s.select(odd, cosine, sine));
  const Scalar sign = s.shl(s.bit_and(quadrant, s.integer(2)), s.integer(30));
  return s.as_real(s.bit_xor(magnitude, sign));
}

/// sin(-0) is -0.
Scalar with_signed_zero(Steps& s, Scalar x, Scalar value, int quadrants_ahead) {
  return quadrants_ahead == 0 ? zero_or(s, x, value) : value;
}

}  // namespace

Expansion sine(int quadrants_ahead) {
  Steps s(1);
  const Scalar x = s.argument(0);
  const Angle near = small_angle_of(s, x), far = large_angle_of(s, x);
  const Scalar is_small = s.apply(Fn::le, {s.apply(Fn::abs, {x}), s.real(small_angle)});
  const Angle angle = {s.select(is_small, near.quadrant, far.quadrant), s.select(is_small, near.r, far.r)};
  return s.finish(with_signed_zero(s, x, sine_of(s, angle, quadrants_ahead), quadrants_ahead));
}

Expansion sine_of_small(int quadrants_ahead) {
  Steps s(1);
  const Scalar x = s.argument(0);
  return s.finish(with_signed_zero(s, x, sine_of(s, small_angle_of(s, x), quadrants_ahead), quadrants_ahead));
}

}  // namespace cgan_jit::expansions
