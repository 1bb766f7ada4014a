#include "passes/autodiff/derivatives.h"

#include <algorithm>

#include "passes/graph/build.h"

namespace cgan_jit {
namespace {

/// A value with arithmetic, so that the table reads as mathematics.
struct Term {
  Graph* graph;
  Value value;
};

Term literal(Term like, double value) {
  return {like.graph, constant(*like.graph, value, Type{DType::f32, like.graph->shape(like.value)})};
}
Term fn(Fn name, std::vector<Term> terms) {
  std::vector<Value> operands;
  for (Term term : terms) operands.push_back(term.value);
  return {terms[0].graph, apply(*terms[0].graph, name, operands)};
}
Term operator+(Term a, double b) { return fn(Fn::add, {a, literal(a, b)}); }
Term operator-(Term a) { return fn(Fn::neg, {a}); }
Term operator-(double a, Term b) { return fn(Fn::sub, {literal(b, a), b}); }
Term operator*(Term a, Term b) { return fn(Fn::mul, {a, b}); }
Term operator*(double a, Term b) { return literal(b, a) * b; }
Term operator/(Term a, Term b) { return fn(Fn::div, {a, b}); }
Term where(Term condition, Term a, Term b) { return fn(Fn::select, {condition, a, b}); }
Term operator<(Term a, Term b) { return fn(Fn::lt, {a, b}); }
Term operator<=(Term a, Term b) { return fn(Fn::le, {a, b}); }

/// What a rule may name: the operands a, b, c, the result y and its gradient dy.
struct Site {
  Term a, b, c, y, dy;
  Term zero() const { return literal(dy, 0); }
};
using Rule = Term (*)(const Site&);
constexpr Rule none = nullptr;

bool is_non_negative_constant(Term term) {
  while (as<Reindex>((*term.graph)[term.value])) term.value = (*term.graph)[term.value].operands[0];
  const auto* splat = as<Const>((*term.graph)[term.value]);
  return splat && splat->value >= 0;
}

// With slope >= 0 the result is positive just where x is.
Term leaky_relu_by_x(const Site& s) {
  const Term decides = is_non_negative_constant(s.b) ? s.y : s.a;
  return where(s.zero() < decides, s.dy, s.dy * s.b);
}

Term same(const Site& s) { return s.dy; }

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
  const auto term = [&](size_t k) {
    return Term{&graph, use.operands[std::min(k, use.operands.size() - 1)]};
  };
  return rule({term(0), term(1), term(2), Term{&graph, use.out}, Term{&graph, use.gradient}}).value;
}

bool has_derivative(Fn fn, int operand) { return derivatives_of(fn)[operand] != none; }

}  // namespace cgan_jit
