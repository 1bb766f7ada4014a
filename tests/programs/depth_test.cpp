#include <gtest/gtest.h>
#include <pthread.h>

#include <exception>
#include <functional>
#include <numeric>

#include "frontend/session.h"
#include "ir/interpret.h"
#include "ir/text.h"
#include "passes/autodiff/autodiff.h"
#include "passes/graph/build.h"
#include "passes/simplify/simplify.h"

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
  session.bind(0, "x", x);
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

/// sum over k of a[i,k] * b[j,k].
Value product_of_rows(Graph& graph, Value a, Value b) {
  const Shape domain{graph.shape(a)[0], graph.shape(b)[0], graph.shape(a)[1]};
  const Value terms = apply(graph, Fn::mul,
                            {reindexed(graph, a, projection(3, {0, 2}), domain),
                             reindexed(graph, b, projection(3, {1, 2}), domain)});
  return summed(graph, terms, {2});
}

/// [8,8] by [8,8], small.
Value product(Graph& graph, Value so_far, Value x) {
  return apply(graph, Fn::tanh, {product_of_rows(graph, so_far, x)});
}

/// A function of part `number` of x [n,4,4], [4,4].
Value part(Graph& graph, Value x, int64_t number) {
  IndexMap map = projection(2, {0, 0, 1});
  map.results[0] = Affine{number % graph.shape(x)[0], {0, 0}};
  return apply(graph, Fn::abs, {reindexed(graph, x, map, {4, 4})});
}

/// [4,4] of numbers that every run has: what may be shared as a weight is.
Value weight(Graph& graph) {
  return apply(graph, Fn::to_f32, {graph.add(Iota{1}, {}, Type{DType::i32, {4, 4}})});
}

/// So far and sum over k of left[i,k] * right[j,k]: contractions added up.
Value with_product(Graph& graph, Value so_far, Value left, Value right) {
  const Value sum = product_of_rows(graph, left, right);
  return graph.type(so_far) == graph.type(sum) ? apply(graph, Fn::add, {so_far, sum}) : sum;
}

/// Each of other operands than the others: one contraction with an axis more.
Step added_products() {
  return [next = int64_t{0}](Graph& graph, Value so_far, Value x) mutable {
    const Value left = part(graph, x, next), right = part(graph, x, ++next);
    return with_product(graph, so_far, left, right);
  };
}

/// All by one weight.
Step added_products_by_a_weight() {
  return [next = int64_t{0}](Graph& graph, Value so_far, Value x) mutable {
    return with_product(graph, so_far, part(graph, x, next++), weight(graph));
  };
}

TEST(Depth, OfAnElementwiseChain) { expect_runs(chain({64}, 10000, difference)); }
TEST(Depth, OfAnElementwiseChainThatIsNotFused) { expect_runs(chain({64}, 2000, difference), {"fuse"}); }
TEST(Depth, OfAScalarChain) { expect_runs(chain({}, 10000, difference)); }
TEST(Depth, OfASelectChain) { expect_runs(chain({64}, 3000, larger_of)); }
TEST(Depth, OfAViewChain) { expect_runs(chain({4, 6}, 10000, shuffled)); }
TEST(Depth, OfAChainOfSums) { expect_runs(chain({16, 16}, 1000, centred)); }
TEST(Depth, OfConcatsOfConcats) { expect_runs(chain({4}, 200, longer)); }
TEST(Depth, OfAChainOfProducts) { expect_runs(chain({8, 8}, 200, product)); }
TEST(Depth, OfAddedProducts) { expect_runs(chain({2000, 4, 4}, 2000, added_products())); }
TEST(Depth, OfAddedProductsByAWeight) { expect_runs(chain({500, 4, 4}, 500, added_products_by_a_weight())); }

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
