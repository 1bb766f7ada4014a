#include <gtest/gtest.h>
#include <pthread.h>

#include <exception>
#include <functional>
#include <numeric>

#include "frontend/session.h"
#include "ir/interpret.h"
#include "ir/text.h"
#include "passes/autodiff.h"
#include "passes/build.h"
#include "passes/simplify.h"

// The law: nothing recurses over a graph's depth. Chains of every kind go from text to a result on a thread
// with 256 KB of stack, and the result is the interpreter's.

namespace cgan_jit {
namespace {

void on_small_stack(const std::function<void()>& work) {
  struct Job {
    const std::function<void()>& work;
    std::exception_ptr failure;
  } job{work, {}};
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, size_t{256} << 10), 0);
  pthread_t thread;
  const auto run = [](void* given) -> void* {
    Job& mine = *static_cast<Job*>(given);
    try {
      mine.work();
    } catch (...) { mine.failure = std::current_exception(); }
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &job), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  if (job.failure) std::rethrow_exception(job.failure);
}

using Step = std::function<Value(Graph&, Value, Value)>;  // (graph, so far, the input)

/// `length` steps from an input "x" of `shape`.
Graph chain(const Shape& shape, int length, const Step& step) {
  Graph graph;
  const Value x = graph.add(Input{"x"}, {}, Type{DType::f32, shape});
  Value at = x;
  for (int i = 0; i < length; ++i) at = step(graph, at, x);
  graph.add_output("y", at);
  return graph;
}

std::vector<float> values_of(const Graph& graph, const std::vector<float>& x,
                             const std::set<std::string>& disabled) {
  SessionOptions options;
  options.threads = 1;
  options.cache_dir.clear();
  options.disabled_passes = disabled;
  Session session(options);
  session.add("chain", graph);
  session.bind(0, "x", x.data());
  session.run(0);
  return session.output(0, "y");
}

void expect_runs(const Graph& built, const std::set<std::string>& disabled = {}) {
  on_small_stack([&] {
    const Graph graph = parse(print(built));
    ASSERT_EQ(graph.size(), built.size());
    const auto environment = random_environment<float>(graph, 3);
    const std::vector<float> x = environment.at("x").reals;
    const std::vector<float> found = values_of(graph, x, disabled);
    const std::vector<float> expected =
        interpret(disabled.count("simplify") ? graph : simplify(graph), environment).at("y").reals;
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i)
      EXPECT_NEAR(found[i], expected[i], 1e-4 * std::max(1.0F, std::abs(expected[i]))) << i;
  });
}

Value difference(Graph& graph, Value so_far, Value x) { return apply(graph, Fn::sub, {x, so_far}); }

Value larger_of(Graph& graph, Value so_far, Value x) {
  const Value is_less = apply(graph, Fn::lt, {so_far, x});
  return apply(graph, Fn::select, {is_less, apply(graph, Fn::neg, {so_far}), so_far});
}

/// [4,6] in another order, as [4,6].
Value shuffled(Graph& graph, Value so_far, Value) {
  const Value turned = reindexed(graph, so_far, projection(2, {1, 0}), {6, 4});
  return graph.add(Reshape{}, {turned}, Type{DType::f32, {4, 6}});
}

/// x less the mean of its rows.
Value centred(Graph& graph, Value so_far, Value) {
  const Value sum = summed(graph, so_far, {1});
  const Value mean = apply(graph, Fn::mul, {sum, constant(graph, 0.0625, graph.type(sum))});
  return apply(graph, Fn::sub, {so_far, reindexed(graph, mean, projection(2, {0}), graph.shape(so_far))});
}

/// One element more at the end, which is the first of x.
Value longer(Graph& graph, Value so_far, Value x) {
  Type type = graph.type(so_far);
  ++type.shape[0];
  const Value first = reindexed(graph, x, identity_map(1), {1});
  return graph.add(Concat{0}, {so_far, first}, type);
}

/// [8,8] by [8,8], small.
Value product(Graph& graph, Value so_far, Value x) {
  const Shape domain{8, 8, 8};
  const Value terms = apply(graph, Fn::mul,
                            {reindexed(graph, so_far, projection(3, {0, 2}), domain),
                             reindexed(graph, x, projection(3, {1, 2}), domain)});
  return apply(graph, Fn::tanh, {summed(graph, terms, {2})});
}

TEST(Depth, OfAnElementwiseChain) { expect_runs(chain({64}, 10000, difference)); }
TEST(Depth, OfAnElementwiseChainThatIsNotFused) { expect_runs(chain({64}, 2000, difference), {"fuse"}); }
TEST(Depth, OfAScalarChain) { expect_runs(chain({}, 10000, difference)); }
TEST(Depth, OfASelectChain) { expect_runs(chain({64}, 3000, larger_of)); }
TEST(Depth, OfAViewChain) { expect_runs(chain({4, 6}, 10000, shuffled)); }
TEST(Depth, OfAChainOfSums) { expect_runs(chain({16, 16}, 1000, centred)); }
TEST(Depth, OfConcatsOfConcats) { expect_runs(chain({4}, 200, longer)); }
TEST(Depth, OfAChainOfProducts) { expect_runs(chain({8, 8}, 200, product)); }

TEST(Depth, OfAGradient) {
  on_small_stack([] {
    Graph graph = chain({64}, 20000, difference);
    const Value y = graph.outputs()[0].value, loss = summed(graph, y, {0});
    const Value slope = gradients(graph, loss, {Value{0}})[0];
    graph.add_output("slope", slope);
    EXPECT_NO_THROW(simplify(graph));
  });
}

}  // namespace
}  // namespace cgan_jit
