#pragma once

#include <cstdint>
#include <initializer_list>
#include <utility>

#include "ir/error.h"
#include "ir/scalar.h"

/// Writing expansions: a value under construction and the list that it stands in.
namespace cgan_jit::expansions {

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
  Term word(uint32_t value) { return push({{}, DType::u32, static_cast<double>(value), {}}); }
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
  Term bit_and(Term a, Term b) { return apply(Fn::bit_and, {a, b}); }
  Term bit_or(Term a, Term b) { return apply(Fn::bit_or, {a, b}); }
  Term bit_xor(Term a, Term b) { return apply(Fn::bit_xor, {a, b}); }
  Term shl(Term a, Term b) { return apply(Fn::shl, {a, b}); }
  Term shr(Term a, Term b) { return apply(Fn::shr, {a, b}); }
  Term as_real(Term a) { return apply(Fn::as_f32, {a}); }
  Term as_integer(Term a) { return apply(Fn::as_i32, {a}); }
  Term as_word(Term a) { return apply(Fn::as_u32, {a}); }
  Term to_real(Term a) { return apply(Fn::to_f32, {a}); }
  Term less(Term a, Term b) { return apply(Fn::lt, {a, b}); }
  Term select(Term condition, Term a, Term b) { return apply(Fn::select, {condition, a, b}); }
  Term at_most(double bound, Term x) { return apply(Fn::min, {x, real(bound)}); }
  Term at_least(double bound, Term x) { return apply(Fn::max, {x, real(bound)}); }

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

// `value` as a float, and what is left of it.
constexpr double high(double value) { return static_cast<float>(value); }
constexpr double low(double value) { return value - high(value); }

/// x where x is zero, else `result`: for odd functions, whose expansions lose the sign of zero.
inline Term zero_or(Steps& s, Term x, Term result) {
  return s.select(s.apply(Fn::eq, {x, s.real(0)}), x, result);
}

}  // namespace cgan_jit::expansions
