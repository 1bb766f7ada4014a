#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "ir/interpret.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/products/contract.h"
#include "passes/products/stack.h"
#include "passes/simplify/simplify.h"
#include "tests/support/compare.h"
#include "tests/support/distribute_all.h"
#include "tests/support/op_examples.h"
#include "tests/support/random/growers.h"
#include "tests/support/random_graph.h"
#include "tests/support/shrink.h"

namespace cgan_jit {
namespace {

constexpr uint64_t graphs = 1500;

/// True if a constant has more than 12 significant bits: random graphs have none, so it was folded and
/// rounded to f32.
bool has_rounded_constant(const Graph& graph) {
  for (const Node& node : graph.nodes()) {
    const auto* splat = as<Const>(node);
    int exponent = 0;
    if (splat == nullptr || node.type.dtype != DType::f32) continue;
    const double digits = std::ldexp(std::frexp(splat->value, &exponent), 12);
    if (digits != std::floor(digits)) return true;
  }
  return false;
}

/// What is wrong with the passes on this graph; nothing if all is well.
std::optional<std::string> complaint(const Graph& graph) {
  verify(graph);
  if (parse(print(graph)) != graph) return "the text does not read back";
  const auto environment = random_environment<double>(graph, 7);
  const auto expected = interpret(graph, environment);
  const std::pair<const char*, Graph (*)(const Graph&)> passes[] = {
      {"simplify", simplify}, {"contract", contract}, {"distribute", distribute_all}, {"stack", stack}};
  Graph current = graph;
  for (const auto& [name, pass] : passes) {
    current = pass(current);
    verify(current);
    if (parse(print(current)) != current) return fmt::format("{}: the text does not read back", name);
    const double tolerance = has_rounded_constant(current) ? 1e-4 : 1e-9;
    const auto found = difference(expected, interpret(current, environment), tolerance);
    if (found) return fmt::format("{}: {}", name, *found);
  }
  const Graph simple = simplify(graph);
  if (simplify(simple) != simple) return "simplify is not idempotent";
  return {};
}

std::optional<std::string> complaint_or_throw(const Graph& graph) {
  try {
    return complaint(graph);
  } catch (const std::exception& failure) { return failure.what(); }
}

TEST(RandomGraphs, PassesKeepTheValues) {
  for (uint64_t seed = 0; seed < graphs; ++seed) {
    const Graph graph = random_graph(seed);
    if (!complaint_or_throw(graph)) continue;
    const Graph small = shrunk(graph, [](const Graph& g) { return complaint_or_throw(g).has_value(); });
    FAIL() << "seed " << seed << ": " << *complaint_or_throw(small) << "\n" << print(small);
  }
}

TEST(RandomGraphs, AreEqualForEqualSeeds) { EXPECT_EQ(print(random_graph(5)), print(random_graph(5))); }

// A new op has a grower, or a pass makes it of what others grow.
TEST(RandomGraphs, HoldEveryOp) {
  std::set<size_t> held, all;
  for (const Op& op : all_ops()) all.insert(op.index());
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Graph graph = random_graph(seed), contracted = contract(simplify(graph));
    for (const Node& node : graph.nodes()) held.insert(node.op.index());
    for (const Node& node : contracted.nodes()) held.insert(node.op.index());
  }
  EXPECT_EQ(held, all);
}

// So does a new scalar function.
TEST(RandomGraphs, HoldEveryFunction) {
  std::set<Fn> held;
  for (uint64_t seed = 0; seed < graphs; ++seed) {
    const Graph graph = random_graph(seed);
    for (const Node& node : graph.nodes()) {
      if (const auto* map = as<Map>(node)) held.insert(map->fn);
    }
  }
  for (Fn fn : all_fns()) EXPECT_TRUE(held.contains(fn)) << name_of(fn);
}

/// Nodes of the graph that are neither leaves nor constants.
int64_t computing_nodes(const Graph& graph) {
  return std::count_if(graph.nodes().begin(), graph.nodes().end(),
                       [](const Node& node) { return !node.operands.empty(); });
}

TEST(RandomGraphs, EveryGrowerAloneMakesALegalGraph) {
  for (const Grower& grower : growers()) {
    int64_t made = 0;
    for (uint64_t seed = 0; seed < 20; ++seed) {
      Growth growth(seed);
      const Value value = grower.grow(growth);
      EXPECT_EQ(growth.type(value).dtype, DType::f32) << grower.name;
      EXPECT_NO_THROW(verify(growth.graph())) << grower.name << ", seed " << seed;
      made += computing_nodes(growth.graph());
    }
    EXPECT_GT(made, 0) << grower.name;
  }
}

TEST(Shrinking, LeavesWhatFails) {
  const auto has_tanh = [](const Graph& graph) { return print(graph).find("= tanh") != std::string::npos; };
  uint64_t seed = 0;
  while (!has_tanh(random_graph(seed))) ++seed;
  EXPECT_LE(shrunk(random_graph(seed), has_tanh).size(), 3u);
}

}  // namespace
}  // namespace cgan_jit
