#pragma once

#include <vector>

#include "ir/graph.h"

namespace cgan_jit {

/// One node over inputs of the given types.
struct Example {
  Op op;
  std::vector<Type> operands;
  Type type;
};

inline Type f32(Shape shape) { return {DType::f32, std::move(shape)}; }
inline Type i32(Shape shape) { return {DType::i32, std::move(shape)}; }
inline Type u32(Shape shape) { return {DType::u32, std::move(shape)}; }
inline Type u8(Shape shape) { return {DType::u8, std::move(shape)}; }
inline Type boolean(Shape shape) { return {DType::boolean, std::move(shape)}; }

/// results[i] given as {offset, coefficients...}.
inline IndexMap index_map(int rank, const std::vector<std::vector<int64_t>>& results) {
  IndexMap map{rank, {}};
  for (const auto& result : results) map.results.push_back({result[0], {result.begin() + 1, result.end()}});
  return map;
}

inline Graph graph_of(const Example& example) {
  Graph graph;
  std::vector<Value> operands;
  for (size_t i = 0; i < example.operands.size(); ++i) {
    operands.push_back(graph.add(Input{"in" + std::to_string(i)}, {}, example.operands[i]));
  }
  graph.add_output("out", graph.add(example.op, operands, example.type));
  return graph;
}

/// Legal nodes, of every op and of every attribute's kinds.
inline std::vector<Example> legal_examples() {
  const IndexMap matmul_lhs = projection(3, {0, 2}), matmul_rhs = projection(3, {2, 1});
  const IndexMap conv_lhs = index_map(3, {{-1, 2, 0, 1}}),
                 conv_rhs = index_map(3, {{0, 0, 1, 0}, {0, 0, 0, 1}});
  const IndexMap shifted_lhs = index_map(3, {{-1, 1, 0, 0}, {0, 0, 0, 1}});
  const IndexMap shifted_rhs = index_map(3, {{-2, 0, 1, 0}, {1, 0, 0, 1}});
  return {
      {Input{"a \"quoted\" \\ name\n"}, {}, u8({0, 3})},
      {Param{"w"}, {}, f32({2, 3})},
      {Const{0.1F}, {}, f32({2})},
      {Const{-3}, {}, i32({})},
      {Iota{1}, {}, i32({2, 3})},
      {Random{7}, {u32({}), u32({})}, u32({3, 5})},
      {Map{Fn::select}, {boolean({4}), f32({4}), f32({4})}, f32({4})},
      {Reindex{projection(3, {0, 2})}, {f32({3, 4})}, f32({3, 2, 4})},
      {Reindex{index_map(2, {{-1, 2, 1}}), -1.5}, {f32({5})}, f32({3, 2})},
      {Reindex{index_map(0, {{2}}), 3}, {i32({4})}, i32({})},
      {Reindex{index_map(1, {{4, -1}, {1, 0}}), 1}, {u8({5, 2})}, u8({7})},
      {Scatter{index_map(2, {{-1, 1, 1}})}, {f32({4, 3})}, f32({5})},
      {Scatter{index_map(0, {{1}})}, {f32({})}, f32({3})},
      {Reduce{ReduceFn::add, {1}}, {f32({3, 37, 2})}, f32({3, 2})},
      {Reduce{ReduceFn::add, {0, 2}, Order::lanes16}, {f32({3, 5, 37})}, f32({5})},
      {Reduce{ReduceFn::add, {0, 2}, Order::lanes16}, {f32({37, 3, 5})}, f32({3})},
      {Reduce{ReduceFn::add, {0, 1, 3}, Order::lanes16}, {f32({2, 21, 3, 21})}, f32({3})},
      {Reduce{ReduceFn::add, {0}, Order::lanes16}, {f32({37, 3})}, f32({3})},
      {Reduce{ReduceFn::max, {0, 1}, Order::lanes16}, {f32({3, 7})}, f32({})},
      {Reduce{ReduceFn::max, {1}}, {i32({3, 4})}, i32({3})},
      {Reduce{ReduceFn::max, {0}}, {f32({0, 2})}, f32({2})},
      {Gather{}, {f32({5, 3}), i32({2, 4})}, f32({2, 4, 3})},
      {Gather{}, {u8({5}), i32({6})}, u8({6})},
      {Deposit{}, {i32({2, 3}), f32({2, 3, 4})}, f32({6, 4})},
      {Concat{1}, {f32({2, 3}), f32({2, 0}), f32({2, 4})}, f32({2, 7})},
      {Concat{0}, {boolean({2}), boolean({3})}, boolean({5})},
      {Reshape{}, {f32({4, 3})}, f32({2, 6})},
      {Detach{}, {f32({4, 3})}, f32({4, 3})},
      {Contract{{4}, matmul_lhs, matmul_rhs}, {f32({3, 4}), f32({4, 2})}, f32({3, 2})},
      {Contract{{3}, shifted_lhs, shifted_rhs}, {f32({4, 3}), f32({7, 3})}, f32({5, 8})},
      {Contract{{3}, conv_lhs, conv_rhs}, {f32({8}), f32({5, 3})}, f32({5, 5})},
  };
}

}  // namespace cgan_jit
