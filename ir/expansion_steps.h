#pragma once

#include <cstdint>
#include <initializer_list>
#include <utility>

#include "ir/error.h"
#include "ir/scalar.h"

/// Writing expansions of scalar functions.
namespace cgan_jit::expansions {

/// One of the expansion's arguments, or a step's result.
struct Scalar {
  int index = 0;
};

/// Writes an expansion step by step.
class Steps {
 public:
  explicit Steps(int arity) { expansion_.arity = arity, dtypes_.assign(arity, DType::f32); }

  Scalar argument(int k) const { return {k}; }
  Scalar real(double value) { return push({{}, DType::f32, value, {}}); }
  Scalar integer(int32_t value) { return push({{}, DType::i32, static_cast<double>(value), {}}); }
  Scalar word(uint32_t value) { return push({{}, DType::u32, static_cast<double>(value), {}}); }
  Scalar apply(Fn fn, std::initializer_list<Scalar> operands) {
    std::vector<int> args;
    std::vector<DType> dtypes;
    for (Scalar operand : operands) args.push_back(operand.index), dtypes.push_back(dtypes_[operand.index]);
    const std::optional<DType> dtype = result_type(fn, dtypes);
    check(dtype.has_value(), "expansion step {}", name_of(fn));
    return push({fn, *dtype, 0, std::move(args)});
  }

  Scalar add(Scalar a, Scalar b) { return apply(Fn::add, {a, b}); }
  Scalar sub(Scalar a, Scalar b) { return apply(Fn::sub, {a, b}); }
  Scalar mul(Scalar a, Scalar b) { return apply(Fn::mul, {a, b}); }
  Scalar div(Scalar a, Scalar b) { return apply(Fn::div, {a, b}); }
  Scalar fma(Scalar a, Scalar b, Scalar c) { return apply(Fn::fma, {a, b, c}); }
  Scalar bit_and(Scalar a, Scalar b) { return apply(Fn::bit_and, {a, b}); }
  Scalar bit_or(Scalar a, Scalar b) { return apply(Fn::bit_or, {a, b}); }
  Scalar bit_xor(Scalar a, Scalar b) { return apply(Fn::bit_xor, {a, b}); }
  Scalar shl(Scalar a, Scalar b) { return apply(Fn::shl, {a, b}); }
  Scalar shr(Scalar a, Scalar b) { return apply(Fn::shr, {a, b}); }
  Scalar as_real(Scalar a) { return apply(Fn::as_f32, {a}); }
  Scalar as_integer(Scalar a) { return apply(Fn::as_i32, {a}); }
  Scalar as_word(Scalar a) { return apply(Fn::as_u32, {a}); }
  Scalar to_real(Scalar a) { return apply(Fn::to_f32, {a}); }
  Scalar less(Scalar a, Scalar b) { return apply(Fn::lt, {a, b}); }
  Scalar select(Scalar condition, Scalar a, Scalar b) { return apply(Fn::select, {condition, a, b}); }
  Scalar at_most(double bound, Scalar x) { return apply(Fn::min, {x, real(bound)}); }
  Scalar at_least(double bound, Scalar x) { return apply(Fn::max, {x, real(bound)}); }

  /// c[0] + x * (c[1] + x * (...)).
  Scalar polynomial(Scalar x, std::initializer_list<double> coefficients) {
    const double* next = coefficients.end();
    Scalar sum = real(*--next);
    while (next != coefficients.begin()) sum = fma(sum, x, real(*--next));
    return sum;
  }

  /// The last step must be the result.
  Expansion finish(Scalar result) {
    check(result.index + 1 == static_cast<int>(dtypes_.size()), "the result is not the last step");
    return std::move(expansion_);
  }

 private:
  Scalar push(ExpansionStep step) {
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
inline Scalar zero_or(Steps& s, Scalar x, Scalar result) {
  return s.select(s.apply(Fn::eq, {x, s.real(0)}), x, result);
}

}  // namespace cgan_jit::expansions
