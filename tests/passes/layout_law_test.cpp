#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "ir/text.h"
#include "passes/layout/layout.h"
#include "passes/layout/panels.h"
#include "passes/products/contract.h"
#include "passes/products/roles.h"
#include "passes/products/stack.h"
#include "passes/simplify/simplify.h"
#include "tests/support/random_graph.h"

namespace cgan_jit {
namespace {

/// The same graph with its nodes in another order, drawn from `seed`, in which operands still come first;
/// `place[i]` becomes the new number of node i.
Graph permuted(const Graph& graph, uint64_t seed, std::vector<Value>& place) {
  std::mt19937_64 random(seed);
  Graph out;
  place.assign(graph.size(), Value{});
  std::vector<bool> done(graph.size(), false);
  for (size_t left = graph.size(); left > 0; --left) {
    std::vector<uint32_t> ready;
    for (uint32_t i = 0; i < graph.size(); ++i) {
      const auto& operands = graph.nodes()[i].operands;
      const bool waits =
          std::any_of(operands.begin(), operands.end(), [&](Value operand) { return !done[index(operand)]; });
      if (!done[i] && !waits) ready.push_back(i);
    }
    const uint32_t next = ready[random() % ready.size()];
    const Node& node = graph.nodes()[next];
    std::vector<Value> operands;
    for (Value operand : node.operands) operands.push_back(place[index(operand)]);
    place[next] = out.add(node.op, operands, node.type);
    done[next] = true;
  }
  for (const Output& output : graph.outputs()) {
    std::optional<Value> updates;
    if (output.updates) updates = place[index(*output.updates)];
    out.add_output(output.name, place[index(output.value)], updates);
  }
  return out;
}

/// Every output, and every param that one updates, with its layout.
std::string borders(const Graph& graph) {
  std::string text;
  for (const Output& output : graph.outputs()) {
    text += fmt::format("{} {}\n", output.name, to_string(*graph[output.value].layout));
  }
  return text;
}

/// What there is of every kind of node with its type and layout, in no order.
std::string laid_out(const Graph& graph) {
  std::vector<std::string> all;
  for (const Node& node : graph.nodes())
    all.push_back(fmt::format("{} {} {}", node.op.index(), to_string(node.type), to_string(*node.layout)));
  std::sort(all.begin(), all.end());
  return fmt::format("{}", fmt::join(all, "\n"));
}

TEST(Layout, DoesNotDependOnTheOrderOfNodes) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const Graph graph = stack(contract(simplify(random_graph(seed))));
    std::vector<Value> place;
    const Graph other = permuted(graph, seed, place);
    const Graph one = assign_layouts(graph), two = assign_layouts(other);
    ASSERT_EQ(borders(one), borders(two)) << "seed " << seed << "\n" << print(graph);
    ASSERT_EQ(laid_out(one), laid_out(two)) << "seed " << seed << "\n" << print(graph);
  }
}

TEST(Layout, OfAParamIsAMatterOfItsShapeAlone) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const Graph graph = assign_layouts(stack(contract(simplify(random_graph(seed)))));
    for (const Node& node : graph.nodes()) {
      if (!as<Param>(node)) continue;
      ASSERT_EQ(*node.layout, param_layout(node.type.shape)) << "seed " << seed;
    }
  }
}

TEST(Layout, OfAParamHasNoMorePaddingThanSixteenOnItsLongestAxis) {
  EXPECT_EQ(param_layout({64, 130}), (Layout{1, 64}));
  EXPECT_EQ(param_layout({512, 10}), (Layout{0, 64}));
  EXPECT_EQ(param_layout({64, 32, 5, 5}), (Layout{0, 64, 1}));
  EXPECT_EQ(param_layout({1, 64, 3, 3}), (Layout{1, 64}));
  EXPECT_EQ(param_layout({32, 1, 5, 5}), (Layout{0, 32}));
  EXPECT_EQ(param_layout({1, 300}), (Layout{1, 64}));
  EXPECT_EQ(param_layout({300, 1, 1}), (Layout{0, 64}));
  EXPECT_EQ(param_layout({3, 7}), (Layout{1, 16}));
  EXPECT_EQ(param_layout({7, 3}), (Layout{0, 16}));
  EXPECT_EQ(param_layout({200}), row_major({200}));
}

// Law: a tile's panel ends where the blocks do that its lanes lie in: nothing is read beyond the last,
// whatever layout is given.
TEST(Roles, PanelsEndWithTheBlocksOfTheirLanes) {
  const auto fits = [](int64_t features) {
    const Graph graph = parse(fmt::format(R"(graph {{
  %0 = param "w" : f32[{0},300] @0/64
  %1 = input "x" : f32[1,300] @1/300
  %2 = contract %0, %1 [i,j,k -> j,k] [i,j,k -> i,k] sum [300] : f32[1,{0}] @1/128
  output "y" %2
}})",
                                          features),
                              "given");
    return contract_roles(graph, Value{2}).has_value();
  };
  EXPECT_TRUE(fits(256));
  EXPECT_TRUE(fits(250));
  EXPECT_FALSE(fits(140)) << "three blocks of 64 are no two of 128";
}

}  // namespace
}  // namespace cgan_jit
