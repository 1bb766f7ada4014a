#include <initializer_list>
#include <limits>
#include <map>
#include <numbers>

#include "ir/error.h"
#include "ir/scalar.h"

// Errors are in units in the last place of the true value: no more was found at one in 131 of all floats, or
// of those in the stated range (a test samples them again). In every expansion NaN gives NaN; min and max
// have the argument second for that.

namespace cgan_jit {

namespace {

struct Term {
  int index = 0;
};

/// Writes an expansion step by step.
class Steps {
 public:
  explicit Steps(int arity) { expansion_.arity = arity, dtypes_.assign(arity, DType::f32); }

  Term argument(int k) const { return {k}; }
  Term real(double value) { return push({{}, DType::f32, value, {}}); }
  Term integer(int32_t value) { return push({{}, DType::i32, static_cast<double>(value), {}}); }
  Term apply(Fn fn, std::initializer_list<Term> terms) {
    std::vector<int> args;
    std::vector<DType> dtypes;
    for (Term term : terms) args.push_back(term.index), dtypes.push_back(dtypes_[term.index]);
    const std::optional<DType> dtype = result_type(fn, dtypes);
    check(dtype.has_value(), "expansion step {}", name_of(fn));
    return push({fn, *dtype, 0, std::move(args)});
  }

  Term add(Term a, Term b) { return apply(Fn::add, {a, b}); }
  Term sub(Term a, Term b) { return apply(Fn::sub, {a, b}); }
  Term mul(Term a, Term b) { return apply(Fn::mul, {a, b}); }
  Term div(Term a, Term b) { return apply(Fn::div, {a, b}); }
  Term fma(Term a, Term b, Term c) { return apply(Fn::fma, {a, b, c}); }
  Term less(Term a, Term b) { return apply(Fn::lt, {a, b}); }
  Term select(Term condition, Term a, Term b) { return apply(Fn::select, {condition, a, b}); }
  Term at_most(double bound, Term x) { return apply(Fn::min, {real(bound), x}); }
  Term at_least(double bound, Term x) { return apply(Fn::max, {real(bound), x}); }

  /// c[0] + x * (c[1] + x * (...)).
  Term polynomial(Term x, std::initializer_list<double> coefficients) {
    const double* next = coefficients.end();
    Term sum = real(*--next);
    while (next != coefficients.begin()) sum = fma(sum, x, real(*--next));
    return sum;
  }

  /// The last step must be the result.
  Expansion finish(Term result) {
    check(result.index + 1 == static_cast<int>(dtypes_.size()), "the result is not the last step");
    return std::move(expansion_);
  }

 private:
  Term push(ExpansionStep step) {
    // Literals are rounded here, so that the list says exactly what is computed.
    if (!step.fn && step.dtype == DType::f32) step.literal = static_cast<float>(step.literal);
    dtypes_.push_back(step.dtype);
    expansion_.steps.push_back(std::move(step));
    return {static_cast<int>(dtypes_.size()) - 1};
  }

  Expansion expansion_;
  std::vector<DType> dtypes_;
};

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// `value` as a float, and what is left of it.
constexpr double high(double value) { return static_cast<float>(value); }
constexpr double low(double value) { return value - high(value); }

/// x = h * 2 ln 2 + rest, |rest| <= ln 2, and scale = 2^h. Twice ln 2, because scale^2 = 2^(2h) then reaches
/// both infinity and the subnormals, which no single float power of two does. -104 <= x <= 89.
struct PowerOfTwo {
  Term scale, rest;
};
PowerOfTwo split_power(Steps& s, Term x) {
  constexpr double period = 2 * std::numbers::ln2;
  // 1.5 * 2^23 + 127: a sum with it has h + 127 in its low bits, rounded to nearest even.
  const Term magic = s.real(12582912.0 + 127);
  const Term shifted = s.fma(x, s.real(1 / period), magic);
  const Term h = s.sub(shifted, magic);
  const Term rest = s.fma(h, s.real(-low(period)), s.fma(h, s.real(-high(period)), x));
  const Term bits = s.apply(Fn::shl, {s.apply(Fn::as_i32, {shifted}), s.integer(23)});
  return {s.apply(Fn::as_f32, {bits}), rest};
}

// (exp(r) - 1 - r) / r^2 for |r| <= ln 2 to 3e-8 / |r|, by Remez exchange.
constexpr std::initializer_list<double> exp_tail = {0.500000288259,   0.166666762829,   0.0416617117004,
                                                    0.00833236606846, 0.00140974220866, 0.00020133930704};

/// e^x for x <= 89 (and infinity there).
Term exp_steps(Steps& s, Term x) {
  const auto [scale, r] = split_power(s, s.at_least(-104, x));
  const Term tail = s.polynomial(r, exp_tail);
  const Term power = s.fma(s.fma(tail, r, s.real(1)), r, s.real(1));
  return s.mul(s.mul(power, scale), scale);
}

/// exp: 1.6 over all floats; infinity above 88.7228, subnormals down to 0 at -103.97.
Expansion expand_exp() {
  Steps s(1);
  return s.finish(exp_steps(s, s.at_most(89, s.argument(0))));
}

/// expm1: 1.8 over all floats. e^x - 1 = scale (scale expm1(r) + scale - 1 / scale).
Expansion expand_expm1() {
  Steps s(1);
  const Term x = s.at_least(-18, s.at_most(89, s.argument(0)));
  const auto [scale, r] = split_power(s, x);
  const Term small = s.fma(s.polynomial(r, exp_tail), s.mul(r, r), r);
  // 1 / 2^h: exponents h + 127 and 127 - h sum to 254.
  const Term inverse_bits = s.sub(s.integer(254 << 23), s.apply(Fn::as_i32, {scale}));
  const Term inverse = s.apply(Fn::as_f32, {inverse_bits});
  return s.finish(s.mul(s.fma(scale, small, s.sub(scale, inverse)), scale));
}

/// log: 0.9 over all positive floats, subnormals too; log(0) is -infinity, of negative numbers NaN.
/// x = 2^e (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)).
Expansion expand_log() {
  Steps s(1);
  const Term x = s.argument(0);
  const Term subnormal = s.less(x, s.real(0x1p-126));
  const Term normal = s.select(subnormal, s.mul(x, s.real(0x1p25)), x);
  const Term bits = s.apply(Fn::as_i32, {normal});
  const Term e_bits = s.apply(Fn::shr, {s.sub(bits, s.integer(0x3F3504F3)), s.integer(23)});
  const Term mantissa = s.sub(bits, s.apply(Fn::shl, {e_bits, s.integer(23)}));
  const Term f = s.sub(s.apply(Fn::as_f32, {mantissa}), s.real(1));
  const Term e = s.sub(s.apply(Fn::to_f32, {e_bits}), s.select(subnormal, s.real(25), s.real(0)));
  // (log(1 + f) - f + f^2 / 2) / f^3, by Remez exchange.
  const Term tail = s.polynomial(f, {0.333333167764, -0.250007965757, 0.200022831324, -0.166249695767,
                                     0.141814076026, -0.131252883714, 0.128792789549, -0.0786555642526});
  const Term square = s.mul(f, f);
  const Term correction = s.mul(square, s.fma(tail, f, s.real(-0.5)));
  const Term fraction = s.add(f, s.fma(e, s.real(low(std::numbers::ln2)), correction));
  const Term finite = s.fma(e, s.real(high(std::numbers::ln2)), fraction);
  const Term zero = s.real(0);
  const Term of_negative = s.select(s.less(x, zero), s.real(not_a_number), finite);
  const Term of_zero = s.select(s.apply(Fn::eq, {x, zero}), s.real(-infinity), of_negative);
  return s.finish(s.select(s.less(x, s.real(infinity)), of_zero, x));
}

/// tanh: 3.4 over all floats; odd, never above 1 in magnitude, and 1 from 9 on. It is 2u / (1 + u^2) with
/// u = tanh(x / 2) = x p / 2q: where tanh is flat the errors of u fade. p and q, by Remez exchange, are to
/// 1.2e-8 cosh x; they begin high in a binade, where roundings weigh least.
Expansion expand_tanh() {
  constexpr double first = 1.845;
  Steps s(1);
  const Term x = s.at_least(-9, s.at_most(9, s.argument(0)));
  const Term square = s.mul(x, x);
  const Term p = s.polynomial(square, {first, first * 0.0297842971077, first * 0.000114461546603});
  const Term q = s.polynomial(
      square, {first, first * 0.11311760091, first * 0.00120762484164, first * 1.23283506552e-6});
  const Term numerator = s.mul(x, p);
  const Term norm = s.fma(s.mul(numerator, s.real(0.25)), numerator, s.mul(q, q));
  return s.finish(s.div(s.mul(numerator, q), norm));
}

/// sigmoid: 3.2 over all floats, subnormals too. With y = e^-|x|: 1 / (1 + y), or y / (1 + y) for negative x.
Expansion expand_sigmoid() {
  Steps s(1);
  const Term x = s.argument(0);
  const Term y = exp_steps(s, s.apply(Fn::neg, {s.apply(Fn::abs, {x})}));
  const Term numerator = s.select(s.less(x, s.real(0)), y, s.real(1));
  return s.finish(s.div(numerator, s.add(s.real(1), y)));
}

/// sin and cos: 1.6 for |x| <= 100000; beyond that the error grows with |x|. x = n pi / 2 + r, pi / 2 in
/// three parts. The sine of quadrant 0 is sin r, of quadrant 1 cos r, then both negated; the cosine is one
/// quadrant ahead.
Expansion expand_sine(int quadrants_ahead) {
  constexpr double half_pi = std::numbers::pi / 2;
  // pi / 2 less its nearest double.
  constexpr double beyond_double = 6.123233995736766e-17;
  Steps s(1);
  const Term x = s.argument(0);
  const Term n = s.apply(Fn::round, {s.mul(x, s.real(1 / half_pi))});
  const Term coarse = s.fma(n, s.real(-high(half_pi)), x);
  const Term fine = s.fma(n, s.real(-high(low(half_pi))), coarse);
  const Term r = s.fma(n, s.real(-(low(low(half_pi)) + beyond_double)), fine);
  const Term square = s.mul(r, r);
  const Term sine_tail = s.polynomial(square, {-0.16666655387, 0.00833219608627, -0.000195189503276});
  const Term sine = s.fma(sine_tail, s.mul(square, r), r);
  const Term cosine = s.polynomial(square, {1, -0.5, 0.0416666520964, -0.00138875806607, 2.44594336549e-5});
  const Term quadrant = s.add(s.apply(Fn::to_i32, {n}), s.integer(quadrants_ahead));
  const Term odd = s.apply(Fn::to_bool, {s.apply(Fn::bit_and, {quadrant, s.integer(1)})});
  const Term magnitude = s.apply(Fn::as_i32, {s.select(odd, cosine, sine)});
  const Term sign = s.apply(Fn::shl, {s.apply(Fn::bit_and, {quadrant, s.integer(2)}), s.integer(30)});
  return s.finish(s.apply(Fn::as_f32, {s.apply(Fn::bit_xor, {magnitude, sign})}));
}

/// sign: exact. Zeros and NaN are their own sign.
Expansion expand_sign() {
  Steps s(1);
  const Term x = s.argument(0), zero = s.real(0);
  const Term of_negative = s.select(s.less(x, zero), s.real(-1), x);
  return s.finish(s.select(s.less(zero, x), s.real(1), of_negative));
}

/// leaky_relu: exact but for the rounding of the product.
Expansion expand_leaky_relu() {
  Steps s(2);
  const Term x = s.argument(0);
  return s.finish(s.select(s.less(s.real(0), x), x, s.mul(s.argument(1), x)));
}

}  // namespace

const Expansion* expansion_of(Fn fn) {
  static const std::map<Fn, Expansion> expansions = {
      {Fn::exp, expand_exp()},   {Fn::expm1, expand_expm1()},     {Fn::log, expand_log()},
      {Fn::tanh, expand_tanh()}, {Fn::sigmoid, expand_sigmoid()}, {Fn::sin, expand_sine(0)},
      {Fn::cos, expand_sine(1)}, {Fn::sign, expand_sign()},       {Fn::leaky_relu, expand_leaky_relu()},
  };
  const auto found = expansions.find(fn);
  return found == expansions.end() ? nullptr : &found->second;
}

}  // namespace cgan_jit
