#include "passes/autodiff/derivatives.h"

#include <algorithm>
#include <numbers>

#include "passes/graph/build.h"

namespace cgan_jit {
namespace {

/// A value with arithmetic, so that the table reads as mathematics.
struct Expression {
  Graph* graph;
  Value value;
};

Expression literal(Expression like, double value) {
  return {like.graph, constant(*like.graph, value, Type{DType::f32, like.graph->shape(like.value)})};
}
Expression fn(Fn name, const std::vector<Expression>& of) {
  std::vector<Value> operands;
  for (const Expression& operand : of) operands.push_back(operand.value);
  return {of[0].graph, apply(*of[0].graph, name, operands)};
}
Expression operator+(Expression a, double b) { return fn(Fn::add, {a, literal(a, b)}); }
Expression operator-(Expression a) { return fn(Fn::neg, {a}); }
Expression operator-(double a, Expression b) { return fn(Fn::sub, {literal(b, a), b}); }
Expression operator*(Expression a, Expression b) { return fn(Fn::mul, {a, b}); }
Expression operator*(double a, Expression b) { return literal(b, a) * b; }
Expression operator/(Expression a, Expression b) { return fn(Fn::div, {a, b}); }
Expression where(Expression condition, Expression a, Expression b) {
  return fn(Fn::select, {condition, a, b});
}
Expression operator<(Expression a, Expression b) { return fn(Fn::lt, {a, b}); }
Expression operator<=(Expression a, Expression b) { return fn(Fn::le, {a, b}); }

/// What a rule may name: the operands a, b, c, the result y and its gradient dy.
struct Site {
  Expression a, b, c, y, dy;
  Expression zero() const { return literal(dy, 0); }
};
using Rule = Expression (*)(const Site&);
constexpr Rule none = nullptr;

bool is_non_negative_constant(Expression x) {
  while (as<Reindex>((*x.graph)[x.value])) x.value = (*x.graph)[x.value].operands[0];
  const auto* splat = as<Const>((*x.graph)[x.value]);
  return splat && splat->value >= 0;
}

// With slope >= 0 the result is positive just where x is.
Expression leaky_relu_by_x(const Site& s) {
  const Expression decides = is_non_negative_constant(s.b) ? s.y : s.a;
  return where(s.zero() < decides, s.dy, s.dy * s.b);
}

// x^0 is flat, even where x is 0.
Expression pow_by_base(const Site& s) {
  return where(fn(Fn::eq, {s.b, s.zero()}), s.zero(), s.dy * (s.b * fn(Fn::pow, {s.a, s.b + -1})));
}
// 0^y is flat for y >= 0.
Expression pow_by_exponent(const Site& s) {
  const Expression flat = fn(Fn::bit_and, {fn(Fn::eq, {s.a, s.zero()}), s.zero() <= s.b});
  return where(flat, s.zero(), s.dy * (s.y * fn(Fn::log, {s.a})));
}

Expression same(const Site& s) { return s.dy; }

/// gradient * derivative, for each operand. `none`: no gradient, the function is flat or its operand is not
/// real.
std::vector<Rule> derivatives_of(Fn name) {
  switch (name) {
    case Fn::neg:
      return {[](const Site& s) { return -s.dy; }};
    case Fn::abs:
      return {[](const Site& s) { return s.dy * fn(Fn::sign, {s.a}); }};
    case Fn::sign:
      return {none};
    case Fn::floor:
      return {none};
    case Fn::round:
      return {none};
    case Fn::sqrt:
      return {[](const Site& s) { return 0.5 * s.dy / s.y; }};
    case Fn::exp:
      return {[](const Site& s) { return s.dy * s.y; }};
    case Fn::expm1:
      return {[](const Site& s) { return s.dy * (s.y + 1); }};
    case Fn::log:
      return {[](const Site& s) { return s.dy / s.a; }};
    case Fn::log1p:
      return {[](const Site& s) { return s.dy / (s.a + 1); }};
    case Fn::tanh:
      return {[](const Site& s) { return s.dy * (1 - s.y * s.y); }};
    case Fn::sigmoid:
      return {[](const Site& s) { return s.dy * (s.y * (1 - s.y)); }};
    case Fn::sin:
      return {[](const Site& s) { return s.dy * fn(Fn::cos, {s.a}); }};
    case Fn::cos:
      return {[](const Site& s) { return -(s.dy * fn(Fn::sin, {s.a})); }};
    case Fn::erf:
      return {
          [](const Site& s) { return s.dy * (2 * std::numbers::inv_sqrtpi * fn(Fn::exp, {-(s.a * s.a)})); }};
    case Fn::add:
      return {same, same};
    case Fn::sub:
      return {same, [](const Site& s) { return -s.dy; }};
    case Fn::mul:
      return {[](const Site& s) { return s.dy * s.b; }, [](const Site& s) { return s.dy * s.a; }};
    case Fn::div:
      return {[](const Site& s) { return s.dy / s.b; }, [](const Site& s) { return -(s.dy * s.y / s.b); }};
    // max(a, b) <= b just where a <= b, and b <= min(a, b) just where b <= a; a NaN is neither, so that both
    // operands get the gradient.
    case Fn::max:
      return {[](const Site& s) { return where(s.y <= s.b, s.zero(), s.dy); },
              [](const Site& s) { return where(s.b < s.y, s.zero(), s.dy); }};
    case Fn::min:
      return {[](const Site& s) { return where(s.b <= s.y, s.zero(), s.dy); },
              [](const Site& s) { return where(s.y < s.b, s.zero(), s.dy); }};
    case Fn::leaky_relu:
      return {leaky_relu_by_x, [](const Site& s) { return where(s.zero() < s.a, s.zero(), s.dy * s.a); }};
    case Fn::pow:
      return {pow_by_base, pow_by_exponent};
    case Fn::fma:
      return {[](const Site& s) { return s.dy * s.b; }, [](const Site& s) { return s.dy * s.a; }, same};
    case Fn::lt:
      return {none, none};
    case Fn::le:
      return {none, none};
    case Fn::eq:
      return {none, none};
    case Fn::ne:
      return {none, none};
    case Fn::bit_and:
      return {none, none};
    case Fn::bit_or:
      return {none, none};
    case Fn::bit_xor:
      return {none, none};
    case Fn::bit_not:
      return {none};
    case Fn::shl:
      return {none, none};
    case Fn::shr:
      return {none, none};
    case Fn::select:
      return {none, [](const Site& s) { return where(s.a, s.dy, s.zero()); },
              [](const Site& s) { return where(s.a, s.zero(), s.dy); }};
    case Fn::to_f32:
      return {same};
    case Fn::to_i32:
      return {none};
    case Fn::to_u32:
      return {none};
    case Fn::to_u8:
      return {none};
    case Fn::to_bool:
      return {none};
    case Fn::as_f32:
      return {none};
    case Fn::as_i32:
      return {none};
    case Fn::as_u32:
      return {none};
  }
  check(false, "a scalar function without a line in the table of derivatives");
  return {};
}

}  // namespace

std::optional<Value> pulled_back(Graph& graph, const MapUse& use, int operand) {
  const Rule rule = derivatives_of(use.fn)[operand];
  if (rule == none) return {};
  const auto operand_at = [&](size_t k) {
    return Expression{&graph, use.operands[std::min(k, use.operands.size() - 1)]};
  };
  return rule({operand_at(0), operand_at(1), operand_at(2), Expression{&graph, use.out},
               Expression{&graph, use.gradient}})
      .value;
}

bool has_derivative(Fn fn, int operand) { return derivatives_of(fn)[operand] != none; }

}  // namespace cgan_jit
