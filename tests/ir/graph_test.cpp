#include "ir/graph.h"

#include <gtest/gtest.h>

#include <limits>

#include "examples.h"

namespace cgan_jit {
namespace {

TEST(Graph, EqualNodesAreOne) {
  for (const Example& example : legal_examples()) {
    Graph graph = graph_of(example);
    const Node last = graph.nodes().back();
    const size_t size = graph.size();
    EXPECT_EQ(index(graph.add(last.op, last.operands, last.type)), size - 1);
    EXPECT_EQ(graph.size(), size);
  }
}

TEST(Graph, NodesThatDifferAnywhereAreTwo) {
  Graph graph;
  const Value a = graph.add(Input{"a"}, {}, f32({4, 4})), b = graph.add(Input{"b"}, {}, f32({4, 4}));
  const std::vector<Node> nodes = {
      {Map{Fn::add}, {a, b}, f32({4, 4}), {}},
      {Map{Fn::add}, {b, a}, f32({4, 4}), {}},
      {Map{Fn::mul}, {a, b}, f32({4, 4}), {}},
      {Map{Fn::mul}, {a, b}, f32({4, 4}), Layout{0, 64}},
      {Map{Fn::mul}, {a, b}, f32({4, 4}), Layout{0, 16}},
      {Reduce{ReduceFn::add, {0}}, {a}, f32({4}), {}},
      {Reduce{ReduceFn::max, {0}}, {a}, f32({4}), {}},
      {Reduce{ReduceFn::add, {1}}, {a}, f32({4}), {}},
      {Reduce{ReduceFn::add, {0}, Order::lanes16}, {a}, f32({4}), {}},
      {Reindex{identity_map(2)}, {a}, f32({4, 4}), {}},
      {Reindex{projection(2, {1, 0})}, {a}, f32({4, 4}), {}},
      {Reindex{projection(2, {1, 0}), 1}, {a}, f32({4, 4}), {}},
      {Reindex{projection(2, {1, 0})}, {a}, f32({4, 3}), {}},
      {Scatter{projection(2, {1, 0})}, {a}, f32({4, 4}), {}},
      {Const{0.0}, {}, f32({4}), {}},
      {Const{-0.0}, {}, f32({4}), {}},
      {Const{0.0}, {}, i32({4}), {}},
      {Const{std::numeric_limits<double>::quiet_NaN()}, {}, f32({4}), {}},
  };
  for (const Node& node : nodes) {
    const size_t size = graph.size();
    EXPECT_EQ(index(graph.add(node.op, node.operands, node.type, node.layout)), size);
    EXPECT_EQ(index(graph.add(node.op, node.operands, node.type, node.layout)), size);
  }
}

// Whoever adds nodes may hold on to what it read of others.
TEST(Graph, ReferencesToNodesStayGood) {
  Graph graph;
  const Value first = graph.add(Input{"a"}, {}, f32({4, 4}));
  const Node* node = &graph[first];
  const Shape* shape = &graph.shape(first);
  for (int i = 0; i < 1000; ++i) graph.add(Const{static_cast<double>(i)}, {}, f32({4, 4}));
  EXPECT_EQ(node, &graph[first]);
  EXPECT_EQ(shape, &graph.shape(first));
}

TEST(Graph, RefusesOperandsThatAreNotThere) {
  Graph graph;
  EXPECT_THROW(graph.add(Map{Fn::neg}, {Value{0}}, f32({})), InternalError);
  EXPECT_THROW(graph.add_output("x", Value{0}), InternalError);
}

TEST(Graph, LivenessFollowsOutputsAndUpdatedParams) {
  Graph graph;
  const Value w = graph.add(Param{"w"}, {}, f32({})), x = graph.add(Input{"x"}, {}, f32({}));
  const Value dead = graph.add(Map{Fn::neg}, {w}, f32({}));
  const Value y = graph.add(Map{Fn::mul}, {x, x}, f32({}));
  graph.add_output("w", y, w);
  const std::vector<bool> live = live_nodes(graph);
  EXPECT_TRUE(live[index(w)] && live[index(x)] && live[index(y)]);
  EXPECT_FALSE(live[index(dead)]);
  EXPECT_EQ(use_counts(graph)[index(x)], 2);
  EXPECT_EQ(use_counts(graph)[index(y)], 1);
}

TEST(Graph, RebuildingKeepsWhatOutputsNeed) {
  Graph graph;
  const Value dead = graph.add(Input{"dead"}, {}, f32({}));
  graph.add(Map{Fn::neg}, {dead}, f32({}));
  const Value w = graph.add(Param{"w"}, {}, f32({}));
  graph.add_output("w", graph.add(Map{Fn::neg}, {w}, f32({})), w);
  const auto same = [](Graph& out, const Node& node, std::vector<Value> operands) {
    return out.add(node.op, std::move(operands), node.type, node.layout);
  };
  const Graph rebuilt = rebuild(graph, same);
  Graph expected;
  const Value kept = expected.add(Param{"w"}, {}, f32({}));
  expected.add_output("w", expected.add(Map{Fn::neg}, {kept}, f32({})), kept);
  EXPECT_EQ(rebuilt, expected);
  EXPECT_EQ(rebuild(rebuilt, same), rebuilt);
}

}  // namespace
}  // namespace cgan_jit
