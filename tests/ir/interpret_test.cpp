#include "ir/interpret.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "examples.h"
#include "ir/elementwise.h"
#include "ir/philox.h"
#include "ir/text.h"

namespace cgan_jit {
namespace {

/// The row-major place of a point, or nothing outside.
std::optional<size_t> place(const std::vector<int64_t>& point, const Shape& shape) {
  int64_t at = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (point[axis] < 0 || point[axis] >= shape[axis]) return {};
    at = at * shape[axis] + point[axis];
  }
  return static_cast<size_t>(at);
}

/// The output of an example's node on random inputs, and those inputs.
struct Ran {
  Environment<float> environment;
  Elements<float> out;
  const Elements<float>& in(int i) const { return environment.at("in" + std::to_string(i)); }
};

Ran run(const Example& example) {
  const Graph graph = graph_of(example);
  Ran ran{random_environment<float>(graph, 5), {}};
  ran.out = interpret(graph, ran.environment).at("out");
  EXPECT_EQ(ran.out.type, example.type);
  return ran;
}

/// Reals and integers alike, as doubles.
using Numbers = std::vector<double>;
Numbers numbers(const Elements<float>& elements) {
  Numbers all(elements.reals.begin(), elements.reals.end());
  all.insert(all.end(), elements.ints.begin(), elements.ints.end());
  return all;
}

// What a node has, by what stands beside its op in ir/graph.h. An op without a meaning does not compile.

Numbers meaning(const Input& op, const Ran& run) { return numbers(run.environment.at(op.name)); }
Numbers meaning(const Param& op, const Ran& run) { return numbers(run.environment.at(op.name)); }

Numbers meaning(const Const& op, const Ran& run) {
  return Numbers(static_cast<size_t>(element_count(run.out.type.shape)), op.value);
}

Numbers meaning(const Iota& op, const Ran& run) {
  Numbers expected;
  for_each_point(run.out.type.shape, [&](const std::vector<int64_t>& point) {
    expected.push_back(static_cast<double>(point[op.axis]));
  });
  return expected;
}

Numbers meaning(const Random& op, const Ran& run) {
  const auto seed = static_cast<uint32_t>(run.in(0).ints[0]), step = static_cast<uint32_t>(run.in(1).ints[0]);
  Numbers expected;
  for (size_t e = 0; e < run.out.ints.size(); ++e)
    expected.push_back(philox({static_cast<uint32_t>(e / 4), op.stream, step, 0}, {seed, 0})[e % 4]);
  return expected;
}

/// What functions mean is tested by themselves.
Numbers meaning(const Map& op, const Ran& run) {
  std::vector<const Elements<float>*> operands;
  for (int k = 0; k < arity_of(op.fn); ++k) operands.push_back(&run.in(k));
  return numbers(map_elements<float>(op.fn, operands));
}

Numbers meaning(const Reindex& op, const Ran& run) {
  const Numbers in = numbers(run.in(0));
  Numbers expected;
  for_each_point(run.out.type.shape, [&](const std::vector<int64_t>& point) {
    const auto at = place(op.map.at(point), run.in(0).type.shape);
    expected.push_back(at ? in[*at] : op.fill);
  });
  return expected;
}

Numbers meaning(const Scatter& op, const Ran& run) {
  std::vector<float> sums(run.out.reals.size(), 0);
  size_t next = 0;
  for_each_point(run.in(0).type.shape, [&](const std::vector<int64_t>& point) {
    const float term = run.in(0).reals[next++];
    if (const auto at = place(op.map.at(point), run.out.type.shape)) sums[*at] += term;
  });
  return {sums.begin(), sums.end()};
}

/// The reduced axes, the one that runs fastest last: with lanes16 the first of the longest ones.
std::vector<int> running_axes(const Reduce& op, const Shape& shape) {
  std::vector<int> axes = op.axes;
  if (op.order == Order::seq) return axes;
  size_t longest = 0;
  for (size_t i = 1; i < axes.size(); ++i) longest = shape[axes[i]] > shape[axes[longest]] ? i : longest;
  std::rotate(axes.begin() + static_cast<int64_t>(longest), axes.begin() + static_cast<int64_t>(longest) + 1,
              axes.end());
  return axes;
}

/// The terms of one output element in the order of the sum, with their coordinates on the axis that runs
/// fastest.
std::vector<std::pair<double, int64_t>> terms_of(const Reduce& op, const Elements<float>& in,
                                                 const std::vector<int64_t>& out_point) {
  const Shape& shape = in.type.shape;
  const std::vector<int> axes = running_axes(op, shape), kept = other_axes(rank_of(shape), op.axes);
  const Numbers values = numbers(in);
  std::vector<std::pair<double, int64_t>> terms;
  for_each_point(extents_of(shape, axes), [&](const std::vector<int64_t>& reduced_point) {
    std::vector<int64_t> point(shape.size());
    for (size_t i = 0; i < axes.size(); ++i) point[axes[i]] = reduced_point[i];
    for (size_t i = 0; i < kept.size(); ++i) point[kept[i]] = out_point[i];
    terms.emplace_back(values[*place(point, shape)], reduced_point.back());
  });
  return terms;
}

/// To the last bit.
Numbers meaning(const Reduce& op, const Ran& run) {
  const auto combine = [fn = op.fn](float a, float b) { return fn == ReduceFn::add ? a + b : a > b ? a : b; };
  const float start = op.fn == ReduceFn::add ? 0 : -INFINITY;
  Numbers expected;
  for_each_point(run.out.type.shape, [&](const std::vector<int64_t>& out_point) {
    std::vector<float> p(16, start);
    for (const auto& [term, last] : terms_of(op, run.in(0), out_point)) {
      float& partial = p[op.order == Order::lanes16 ? last % 16 : 0];
      partial = combine(partial, static_cast<float>(term));
    }
    if (op.order == Order::lanes16) {
      for (int i = 0; i < 8; ++i) p[i] = combine(p[i], p[i + 8]);
      for (int i = 0; i < 4; ++i) p[i] = combine(p[i], p[i + 4]);
      for (int i = 0; i < 2; ++i) p[i] = combine(p[i], p[i + 2]);
      p[0] = combine(p[0], p[1]);
    }
    expected.push_back(p[0]);
  });
  return expected;
}

Numbers meaning(const Gather&, const Ran& run) {
  const Numbers table = numbers(run.in(0));
  const Shape row(run.in(0).type.shape.begin() + 1, run.in(0).type.shape.end());
  Numbers expected;
  for (int64_t index : run.in(1).ints) {
    for (int64_t i = 0; i < element_count(row); ++i)
      expected.push_back(table[index * element_count(row) + i]);
  }
  return expected;
}

Numbers meaning(const Deposit&, const Ran& run) {
  const int64_t width = run.out.type.shape[1];
  std::vector<float> sums(run.out.reals.size(), 0);
  for (size_t b = 0; b < run.in(0).ints.size(); ++b) {
    for (int64_t i = 0; i < width; ++i) sums[run.in(0).ints[b] * width + i] += run.in(1).reals[b * width + i];
  }
  return {sums.begin(), sums.end()};
}

Numbers meaning(const Concat& op, const Ran& run) {
  Numbers expected;
  for_each_point(run.out.type.shape, [&](std::vector<int64_t> point) {
    int part = 0;
    while (point[op.axis] >= run.in(part).type.shape[op.axis])
      point[op.axis] -= run.in(part++).type.shape[op.axis];
    expected.push_back(numbers(run.in(part))[*place(point, run.in(part).type.shape)]);
  });
  return expected;
}

Numbers meaning(const Reshape&, const Ran& run) { return numbers(run.in(0)); }
Numbers meaning(const Detach&, const Ran& run) { return numbers(run.in(0)); }

/// Every element's chain, one after the other.
std::vector<float> naive_contraction(const Contract& op, const Elements<float>& lhs,
                                     const Elements<float>& rhs, const Shape& result) {
  std::vector<float> out;
  for_each_point(result, [&](const std::vector<int64_t>& o) {
    float sum = 0;
    for_each_point(op.summed, [&](const std::vector<int64_t>& s) {
      std::vector<int64_t> point = o;
      point.insert(point.end(), s.begin(), s.end());
      const auto l = place(op.lhs.at(point), lhs.type.shape), r = place(op.rhs.at(point), rhs.type.shape);
      sum = std::fma(l ? lhs.reals[*l] : 0, r ? rhs.reals[*r] : 0, sum);
    });
    out.push_back(sum);
  });
  return out;
}

Numbers meaning(const Contract& op, const Ran& run) {
  const std::vector<float> sums = naive_contraction(op, run.in(0), run.in(1), run.out.type.shape);
  return {sums.begin(), sums.end()};
}

TEST(Interpret, GivesEveryOpItsMeaning) {
  for (const Example& example : legal_examples()) {
    const Ran ran = run(example);
    EXPECT_EQ(numbers(ran.out), std::visit([&](const auto& op) { return meaning(op, ran); }, example.op))
        << print(graph_of(example));
  }
}

TEST(Interpret, IntegerSumsWrap) {
  const Graph graph = graph_of({Reduce{ReduceFn::add, {0}}, {i32({3})}, i32({})});
  const Environment<float> in = {{"in0", {i32({3}), {}, {INT32_MAX, INT32_MAX, 3}}}};
  EXPECT_EQ(interpret(graph, in).at("out").ints, (std::vector<int64_t>{1}));
}

TEST(Interpret, IndicesOutsideGiveZeroAndAreDropped) {
  const Elements<float> indices{i32({4}), {}, {-1, 1, 2, INT32_MIN}};
  const Environment<float> gather = {{"in0", {f32({2, 2}), {1, 2, 3, 4}, {}}}, {"in1", indices}};
  EXPECT_EQ(interpret(graph_of({Gather{}, {f32({2, 2}), i32({4})}, f32({4, 2})}), gather).at("out").reals,
            (std::vector<float>{0, 0, 3, 4, 0, 0, 0, 0}));
  const Environment<float> deposit = {{"in0", indices}, {"in1", {f32({4}), {1, 2, 3, 4}, {}}}};
  EXPECT_EQ(interpret(graph_of({Deposit{}, {i32({4}), f32({4})}, f32({2})}), deposit).at("out").reals,
            (std::vector<float>{0, 2}));
}

// Batched, transposed operands, two summed axes, a scalar-wide axis.
TEST(Interpret, ContractIsAChainOfFmaToTheLastBit) {
  const Contract op{
      {3, 2},
      index_map(5, {{0, 0, 0, 0, 0, 1}, {0, 1, 0, 0, 0, 0}, {0, 0, 1, 0, 1, 0}}),
      index_map(5, {{0, 0, 0, 1, 0, 0}, {0, 0, 0, 0, 1, 0}, {0, 1, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 1}})};
  const Ran batched = run({op, {f32({2, 4, 5}), f32({6, 3, 4, 2})}, f32({4, 3, 6})});
  EXPECT_EQ(batched.out.reals, naive_contraction(op, batched.in(0), batched.in(1), {4, 3, 6}));
}

// An infinity never meets the zero of a read outside.
TEST(Interpret, ContractLeavesOutTermsThatAreReadOutside) {
  const Contract op{{1}, index_map(3, {{0, 1, 0, 0}}), index_map(3, {{1, 0, 1, 0}})};
  const Graph graph = graph_of({op, {f32({2}), f32({2})}, f32({2, 2})});
  const Environment<float> in = {{"in0", {f32({2}), {INFINITY, 1}, {}}}, {"in1", {f32({2}), {1, 2}, {}}}};
  const std::vector<float> out = interpret(graph, in).at("out").reals;
  EXPECT_EQ(out[0], INFINITY);
  EXPECT_EQ(out[1], 0);
  EXPECT_EQ(out[3], 0);
}

TEST(Interpret, DoubleAndFloatAgreeUpToRounding) {
  for (const Example& example : legal_examples()) {
    const Graph graph = graph_of(example);
    const auto single = interpret(graph, random_environment<float>(graph, 9)).begin()->second;
    const auto exact = interpret(graph, random_environment<double>(graph, 9)).begin()->second;
    EXPECT_EQ(single.ints, exact.ints);
    ASSERT_EQ(single.reals.size(), exact.reals.size());
    for (size_t i = 0; i < single.reals.size(); ++i) {
      if (!std::isfinite(exact.reals[i])) continue;
      EXPECT_NEAR(single.reals[i], exact.reals[i], 1e-4);
    }
  }
}

TEST(Interpret, UpdatesReadTheOldValue) {
  const Graph graph = parse(R"(graph {
    %w = param "w" : f32[2]
    %2 = add %w, %w : f32[2]
    %3 = add %2, %w : f32[2]
    output "w" %2 updates %w
    output "y" %3
    output "old" %w })");
  const Environment<float> out = interpret(graph, Environment<float>{{"w", {f32({2}), {1, 2}, {}}}});
  EXPECT_EQ(out.at("w").reals, (std::vector<float>{2, 4}));
  EXPECT_EQ(out.at("y").reals, (std::vector<float>{3, 6}));
  EXPECT_EQ(out.at("old").reals, (std::vector<float>{1, 2}));
}

TEST(Interpret, AllValuesIncludeDeadOnes) {
  const Graph graph = parse(
      R"(graph { %x = input "x" : f32[2]  %dead = neg %x : f32[2]  %y = abs %x : f32[2]  output "y" %y })");
  const auto values = interpret_all(graph, Environment<float>{{"x", {f32({2}), {1, -2}, {}}}});
  ASSERT_EQ(values.size(), 3U);
  EXPECT_EQ(values[1].reals, (std::vector<float>{-1, 2}));
  EXPECT_EQ(values[2].reals, (std::vector<float>{1, 2}));
}

TEST(Interpret, RefusesWrongEnvironments) {
  const Graph graph =
      parse(R"(graph { %x = input "x" : f32[2] %u = input "unused" : f32[2] output "x" %x })");
  EXPECT_THROW(interpret(graph, Environment<float>{}), Error);
  EXPECT_THROW(interpret(graph, Environment<float>{{"x", {f32({3}), {1, 2, 3}, {}}}}), Error);
  EXPECT_THROW(interpret(graph, Environment<float>{{"x", {i32({2}), {}, {1, 2}}}}), Error);
  EXPECT_THROW(interpret(graph, Environment<float>{{"x", {f32({2}), {1}, {}}}}), Error);
  EXPECT_NO_THROW(interpret(graph, Environment<float>{{"x", {f32({2}), {1, 2}, {}}}}));
}

TEST(RandomEnvironment, IsLegalAndAFunctionOfTheSeed) {
  const Graph graph = parse(R"(graph {
    %step = input "step" : u32[]
    %labels = input "labels" : u8[500]
    %picks = input "picks" : i32[2,100]
    %table = param "table" : f32[3,2]
    %wide = to_i32 %labels : i32[500]
    %rows = gather %table, %wide : f32[500,2]
    %flat = reshape %picks : i32[200]
    %data = input "data" : f32[7]
    %some = gather %data, %flat : f32[200]
    output "rows" %rows output "some" %some output "step" %step })");
  for (uint64_t seed : {1, 2, 3}) {
    const auto environment = random_environment<float>(graph, seed);
    EXPECT_EQ(environment, random_environment<float>(graph, seed));
    EXPECT_NE(environment, random_environment<float>(graph, seed + 1));
    for (int64_t label : environment.at("labels").ints) EXPECT_TRUE(label >= 0 && label < 3);
    for (int64_t pick : environment.at("picks").ints) EXPECT_TRUE(pick >= 0 && pick < 7);
    for (float x : environment.at("data").reals) EXPECT_LE(std::fabs(x), 2);
    EXPECT_TRUE(environment.at("step").ints[0] >= 1 && environment.at("step").ints[0] <= 1000);
    const auto exact = random_environment<double>(graph, seed);
    for (size_t i = 0; i < 7; ++i) EXPECT_EQ(environment.at("data").reals[i], exact.at("data").reals[i]);
  }
}

}  // namespace
}  // namespace cgan_jit
