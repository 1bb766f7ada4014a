#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <random>

#include "ir/interpret.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/graph/build.h"
#include "passes/products/contract.h"
#include "passes/products/roles.h"
#include "passes/products/stack.h"
#include "passes/simplify/simplify.h"
#include "tests/support/compare.h"
#include "tests/support/distribute_all.h"
#include "tests/support/environments.h"
#include "tests/support/exact.h"
#include "tests/support/shrink.h"

// The law of simplify (passes/simplify/rules.h), and of the passes that only move sums: where no sum rounds,
// not one bit changes, whatever the values; they are finite where something is summed up before it is
// multiplied.

namespace cgan_jit {
namespace {

uint64_t number_from(const char* variable, uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

bool all_are_finite(Graph graph, const Environment<float>& environment) {
  for (uint32_t i = 0; i < graph.size(); ++i) graph.add_output(fmt::format("node {}", i), Value{i});
  for (const auto& [name, elements] : interpret(graph, environment)) {
    const auto finite = [](float value) { return std::isfinite(value); };
    if (!std::all_of(elements.reals.begin(), elements.reals.end(), finite)) return false;
  }
  return true;
}

/// What a pass changes in a run on these values; nothing if all is well.
std::optional<std::string> change(const Graph& graph, const Environment<float>& environment) {
  const Environment<float> expected = interpret(graph, environment);
  const std::pair<const char*, Graph (*)(const Graph&)> passes[] = {
      {"simplify", simplify}, {"contract", contract}, {"distribute", distribute_all}, {"stack", stack}};
  Graph current = graph;
  for (const auto& [name, pass] : passes) {
    if (pass == distribute_all && !all_are_finite(graph, environment)) continue;
    current = pass(current);
    verify(current);
    if (const auto found = different_bits(expected, interpret(current, environment)))
      return fmt::format("{}: {}\n{}", name, *found, print(current));
  }
  return {};
}

/// Some contraction leaves out terms that lie in a padding: a product with 0 that is not 0 goes with them.
bool leaves_terms_out(const Graph& graph) {
  const Graph contracted = contract(simplify(graph));
  for (uint32_t i = 0; i < contracted.size(); ++i) {
    if (as<Contract>(contracted.nodes()[i]) && !term_guards(contracted, Value{i}).empty()) return true;
  }
  return false;
}

bool holds(const Graph& graph, uint64_t seed) {
  const Environment<float> environment = special_environment(graph, seed);
  if (!adds_exactly(graph, environment)) return true;
  if (leaves_terms_out(graph) && !all_are_finite(graph, environment)) return true;
  return !change(graph, environment);
}

TEST(Law, NoBitChangesWhereNoSumRounds) {
  const uint64_t first = number_from("CGAN_JIT_LAW_FIRST", 0),
                 count = number_from("CGAN_JIT_LAW_GRAPHS", 600);
  uint64_t exact = 0;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const Graph graph = exact_graph(seed);
    exact += adds_exactly(graph, special_environment(graph, seed));
    if (holds(graph, seed)) continue;
    const Graph small = shrunk(graph, [&](const Graph& g) { return !holds(g, seed); });
    FAIL() << "seed " << seed << ": " << *change(small, special_environment(small, seed)) << "\n"
           << print(small);
  }
  EXPECT_GE(4 * exact, count) << "too few graphs are exact to say much";
}

/// Formulas of one to a dozen functions over values of any bits: nothing is added that was multiplied, so
/// that no fma is written.
class Formulas {
 public:
  explicit Formulas(uint64_t seed) : random_(seed) {}

  Graph formula() {
    for (const Shape& shape : {Shape{4, 8}, Shape{4, 8}, Shape{8}, Shape{4, 1}}) leaf(shape);
    for (uint64_t n = 1 + below(12); n > 0; --n) step();
    graph_.add_output("y", values_.back());
    return without_dead_nodes(graph_);
  }

 private:
  uint64_t below(uint64_t n) { return random_() % n; }
  Value any() { return values_[std::max(below(values_.size()), below(values_.size()))]; }

  void leaf(const Shape& shape) {
    const Type type{DType::f32, shape};
    Value value = graph_.add(Input{fmt::format("x{}", values_.size())}, {}, type);
    const int rank = rank_of(shape);
    if (shape != wide_) {
      IndexMap map{2, std::vector<Affine>(rank, Affine{0, {0, 0}})};
      for (int i = 0; i < rank; ++i) map.results[i].coefficients[2 - rank + i] = shape[i] == 1 ? 0 : 1;
      value = reindexed(graph_, value, map, wide_);
    }
    values_.push_back(value);
  }

  Value number() {
    static constexpr double numbers[] = {0,        -0.0,      1,       -1,       2,       0.5,
                                         -0.25,    3,         0x1p100, 0x1p-100, 0x1p127, 0x1p-140,
                                         0x1p-149, -0x1p-126, 1e38f,   1e-3f};
    return constant(graph_, numbers[below(std::size(numbers))], {DType::f32, wide_});
  }

  /// A value whose product, if it is one, is sealed: fma would not round it.
  Value addend() {
    Value value = any();
    if (below(3) == 0) return number();
    return apply(graph_, Fn::leaky_relu, {value, constant(graph_, 1, {DType::f32, wide_})});
  }

  Value over_one_term(Value value) {
    const Value wider = graph_.add(Reshape{}, {value}, Type{DType::f32, {4, 1, 8}});
    if (below(2) == 0) return summed(graph_, wider, {1});
    const Value scattered = graph_.add(Scatter{projection(3, {0, 2})}, {wider}, Type{DType::f32, wide_});
    return scattered;
  }

  void step() {
    static constexpr Fn unary[] = {Fn::neg, Fn::neg, Fn::abs, Fn::sign, Fn::sqrt, Fn::floor};
    static constexpr Fn binary[] = {Fn::mul, Fn::mul, Fn::mul, Fn::div, Fn::max, Fn::min, Fn::leaky_relu};
    const uint64_t kind = below(8);
    if (kind == 0) return values_.push_back(apply(graph_, unary[below(std::size(unary))], {any()}));
    if (kind == 1) return values_.push_back(over_one_term(addend()));
    if (kind <= 3) {
      const Value a = addend(), b = addend();
      return values_.push_back(apply(graph_, below(2) ? Fn::add : Fn::sub, {a, b}));
    }
    const Value a = any(), b = below(2) ? number() : any();
    const Fn fn = binary[below(std::size(binary))];
    values_.push_back(below(4) == 0 ? apply(graph_, fn, {b, a}) : apply(graph_, fn, {a, b}));
  }

  const Shape wide_{4, 8};
  std::mt19937_64 random_;
  Graph graph_;
  std::vector<Value> values_;
};

/// Any bits, and the values that are special more often.
Environment<float> any_bits(const Graph& graph, uint64_t seed) {
  static constexpr float inf = std::numeric_limits<float>::infinity();
  static constexpr float specials[] = {0.0f, -0.0f, 0x1p-149f, -0x1p-127f, 3e38f, -1e38f, inf, -inf, 1.0f};
  std::mt19937_64 random(seed);
  Environment<float> environment = random_environment<float>(graph, seed);
  for (auto& [name, elements] : environment) {
    for (float& value : elements.reals) {
      const auto bits = static_cast<uint32_t>(random() >> 32);
      value = random() % 3 ? std::bit_cast<float>(bits) : specials[random() % std::size(specials)];
    }
  }
  return environment;
}

TEST(Law, FormulasKeepEveryBitOfAnyFloats) {
  const uint64_t first = number_from("CGAN_JIT_LAW_FIRST", 0),
                 count = number_from("CGAN_JIT_LAW_FORMULAS", 6000);
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const Graph graph = Formulas(seed).formula();
    const auto fails = [&](const Graph& g) { return change(g, any_bits(g, seed)).has_value(); };
    if (!fails(graph)) continue;
    const Graph small = shrunk(graph, fails);
    FAIL() << "seed " << seed << ": " << *change(small, any_bits(small, seed)) << "\n" << print(small);
  }
}

}  // namespace
}  // namespace cgan_jit
