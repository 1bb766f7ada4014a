#include "ir/verify.h"

#include <gtest/gtest.h>

#include <set>

#include "examples.h"

namespace cgan_jit {
namespace {

TEST(Verify, AcceptsEveryLegalExample) {
  for (const Example& example : legal_examples()) EXPECT_NO_THROW(verify(graph_of(example)));
}

std::vector<Example> broken_examples() {
  const IndexMap matmul_lhs = projection(3, {0, 2}), matmul_rhs = projection(3, {2, 1});
  return {
      {Input{""}, {}, f32({2})},
      {Input{"x"}, {f32({2})}, f32({2})},
      {Input{"x"}, {}, f32({-1})},
      {Input{"x"}, {}, f32({int64_t{1} << 40, 1 << 20})},
      {Param{""}, {}, f32({2})},
      {Const{0.1}, {}, f32({2})},
      {Const{0.5}, {}, i32({2})},
      {Const{-1}, {}, u32({2})},
      {Const{256}, {}, u8({2})},
      {Const{2}, {}, boolean({2})},
      {Iota{2}, {}, i32({2, 3})},
      {Iota{0}, {}, f32({2, 3})},
      {Random{7}, {u32({})}, u32({3})},
      {Random{7}, {u32({}), i32({})}, u32({3})},
      {Random{7}, {u32({}), u32({})}, f32({3})},
      {Map{Fn::add}, {f32({4})}, f32({4})},
      {Map{Fn::add}, {f32({4}), f32({3})}, f32({4})},
      {Map{Fn::add}, {f32({4}), i32({4})}, f32({4})},
      {Map{Fn::tanh}, {i32({4})}, i32({4})},
      {Map{Fn::to_f32}, {u32({4})}, f32({4})},
      {Map{Fn::lt}, {f32({4}), f32({4})}, f32({4})},
      {Reindex{projection(3, {0, 2})}, {f32({3, 4})}, f32({3, 4})},
      {Reindex{projection(2, {0})}, {f32({3, 4})}, f32({3, 4})},
      {Reindex{projection(2, {0, 1})}, {f32({3, 4})}, i32({3, 4})},
      {Reindex{projection(1, {0}), 0.5}, {i32({3})}, i32({3})},
      {Scatter{projection(2, {0})}, {f32({4, 3})}, f32({5, 4})},
      {Scatter{projection(1, {0})}, {f32({4, 3})}, f32({5})},
      {Scatter{projection(1, {0})}, {i32({4})}, i32({4})},
      {Reduce{ReduceFn::add, {}}, {f32({3, 2})}, f32({3, 2})},
      {Reduce{ReduceFn::add, {1, 0}}, {f32({3, 2})}, f32({})},
      {Reduce{ReduceFn::add, {2}}, {f32({3, 2})}, f32({3, 2})},
      {Reduce{ReduceFn::add, {1}}, {f32({3, 2})}, f32({2})},
      {Reduce{ReduceFn::add, {1}}, {u8({3, 2})}, u8({3})},
      {Gather{}, {f32({}), i32({2})}, f32({2})},
      {Gather{}, {f32({5, 3}), f32({2})}, f32({2, 3})},
      {Gather{}, {f32({5, 3}), i32({2})}, f32({2, 4})},
      {Deposit{}, {i32({2}), f32({3, 4})}, f32({6, 4})},
      {Deposit{}, {i32({2}), f32({2, 4})}, f32({6, 5})},
      {Deposit{}, {f32({2}), f32({2, 4})}, f32({6, 4})},
      {Concat{1}, {f32({2, 3}), f32({2, 4})}, f32({2, 8})},
      {Concat{1}, {f32({2, 3}), f32({3, 4})}, f32({2, 7})},
      {Concat{2}, {f32({2, 3})}, f32({2, 3})},
      {Concat{0}, {}, f32({0})},
      {Concat{0}, {f32({1}), i32({1})}, f32({2})},
      {Reshape{}, {f32({4, 3})}, f32({2, 5})},
      {Reshape{}, {f32({4, 3})}, i32({12})},
      {Detach{}, {f32({4, 3})}, f32({3, 4})},
      {Contract{{5}, matmul_lhs, projection(2, {1, 0})}, {f32({3, 4}), f32({4, 2})}, f32({3, 2})},
      {Contract{{4}, matmul_lhs, matmul_rhs}, {f32({3, 4}), i32({4, 2})}, f32({3, 2})},
  };
}

TEST(Verify, RefusesABrokenNodeOfEveryOp) {
  std::set<size_t> ops;
  for (const Example& example : broken_examples()) {
    const Graph graph = graph_of(example);
    ops.insert(example.op.index());
    EXPECT_THROW(verify(graph), InternalError) << "operands " << example.operands.size() << ", op "
                                               << example.op.index() << " : " << to_string(example.type);
    ASSERT_TRUE(find_fault(graph).has_value());
    EXPECT_EQ(find_fault(graph)->node, Value{static_cast<uint32_t>(graph.size() - 1)})
        << find_fault(graph)->what;
  }
  EXPECT_EQ(ops.size(), std::variant_size_v<Op>) << "an op has no broken example";
}

TEST(Verify, NamesTheNode) {
  const Graph graph = graph_of({Map{Fn::neg}, {f32({3})}, f32({4})});
  try {
    verify(graph);
    FAIL();
  } catch (const InternalError& error) {
    EXPECT_NE(std::string(error.what()).find("%1 = neg %0 : f32[4]"), std::string::npos) << error.what();
  }
}

TEST(Verify, RefusesLayoutsThatDoNotFit) {
  for (const Layout& layout : {Layout{2, 16}, Layout{-1, 16}, Layout{0, 0}, Layout{1, -4}, Layout{0, 16, 2},
                               Layout{0, 16, 0}, Layout{0, 16, 1}, Layout{1, 16, -2}}) {
    Graph graph;
    graph.add(Param{"w"}, {}, f32({3, 4}), layout);
    EXPECT_THROW(verify(graph), InternalError) << to_string(layout);
  }
}

TEST(Verify, NamesAreUniqueWithinTheirKind) {
  Graph inputs;
  inputs.add(Input{"x"}, {}, f32({3}));
  inputs.add(Param{"x"}, {}, f32({4}));
  EXPECT_NO_THROW(verify(inputs));
  inputs.add(Input{"x"}, {}, f32({4}));
  EXPECT_THROW(verify(inputs), InternalError);

  Graph outputs;
  const Value x = outputs.add(Input{"x"}, {}, f32({3}));
  outputs.add_output("y", x);
  EXPECT_NO_THROW(verify(outputs));
  outputs.add_output("y", x);
  EXPECT_THROW(verify(outputs), InternalError);
}

TEST(Verify, UpdatesFitTheirParam) {
  Graph graph;
  const Value w = graph.add(Param{"w"}, {}, f32({3})), x = graph.add(Input{"x"}, {}, f32({3}));
  const Value wide = graph.add(Input{"wide"}, {}, f32({4}));
  const auto with_output = [&](Value value, Value updates) {
    Graph copy = graph;
    copy.add_output("w", value, updates);
    return copy;
  };
  EXPECT_NO_THROW(verify(with_output(x, w)));
  EXPECT_THROW(verify(with_output(wide, w)), InternalError);
  EXPECT_THROW(verify(with_output(w, x)), InternalError);
  Graph twice = with_output(x, w);
  twice.add_output("again", x, w);
  EXPECT_THROW(verify(twice), InternalError);
}

}  // namespace
}  // namespace cgan_jit
