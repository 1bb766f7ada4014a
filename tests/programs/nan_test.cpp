#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "codegen/jit.h"
#include "frontend/layers.h"
#include "frontend/losses.h"
#include "frontend/session.h"
#include "ir/interpret.h"

// Law: what is made of a NaN is NaN, in every layer, reduction and loss, in machine code as in the
// interpreter: a broken net does not train on unseen.

namespace cgan_jit {
namespace {

constexpr int64_t rows = 4, columns = 37;

/// One NaN among the inputs x [rows, columns] must be seen in the result, of any shape.
struct Case {
  std::string name;
  std::function<Tensor(Builder&, const Tensor&)> function;
};

std::vector<Case> cases() {
  return {
      {"relu", [](Builder&, const Tensor& x) { return relu(x); }},
      {"leaky_relu", [](Builder&, const Tensor& x) { return leaky_relu(x, 0.2f); }},
      {"tanh", [](Builder&, const Tensor& x) { return tanh(x); }},
      {"sigmoid", [](Builder&, const Tensor& x) { return sigmoid(x); }},
      {"exp", [](Builder&, const Tensor& x) { return exp(x); }},
      {"expm1", [](Builder&, const Tensor& x) { return expm1(x); }},
      {"log", [](Builder&, const Tensor& x) { return log(x); }},
      {"log1p", [](Builder&, const Tensor& x) { return log1p(x); }},
      {"sqrt", [](Builder&, const Tensor& x) { return sqrt(x); }},
      {"sin", [](Builder&, const Tensor& x) { return sin(x); }},
      {"cos of small angles", [](Builder&, const Tensor& x) { return cos(tanh(x) * 3); }},
      {"abs", [](Builder&, const Tensor& x) { return abs(x); }},
      {"maximum", [](Builder&, const Tensor& x) { return maximum(x, 1); }},
      {"maximum, the other way", [](Builder&, const Tensor& x) { return maximum(1, x); }},
      {"minimum", [](Builder&, const Tensor& x) { return minimum(x, 1); }},
      {"minimum, the other way", [](Builder&, const Tensor& x) { return minimum(1, x); }},
      {"clamped", [](Builder&, const Tensor& x) { return minimum(maximum(x, -1), 1); }},
      {"larger of neighbours",
       [](Builder&, const Tensor& x) {
         return maximum(slice(x, 1, 0, columns - 1), slice(x, 1, 1, columns));
       }},
      {"max", [](Builder&, const Tensor& x) { return max(x); }},
      {"max over rows", [](Builder&, const Tensor& x) { return max(x, {0}); }},
      {"max over columns", [](Builder&, const Tensor& x) { return max(x, {1}); }},
      {"sum", [](Builder&, const Tensor& x) { return sum(x, {0}); }},
      {"mean", [](Builder&, const Tensor& x) { return mean(x); }},
      {"max_pool2d",
       [](Builder&, const Tensor& x) {
         return max_pool2d(reshape(x, {1, 1, rows, columns}), 2, {.stride = 1});
       }},
      {"conv2d",
       [](Builder& b, const Tensor& x) {
         const Tensor weight = b.constant(0, DType::f32, {1, 1, 2, 2});
         return conv2d(reshape(x, {1, 1, rows, columns}), weight, {.padding = 1});
       }},
      {"matmul", [](Builder&, const Tensor& x) { return matmul(x, transpose(x)); }},
      {"batch_norm",
       [](Builder& b, const Tensor& x) {
         const Tensor ones = b.constant(1, DType::f32, {columns});
         return batch_norm(x, batch_statistics(x), ones, ones, 0.8f);
       }},
      {"dropout, kept or not", [](Builder&, const Tensor& x) { return dropout(x, 0.9f); }},
      {"mse_loss", [](Builder&, const Tensor& x) { return mse_loss(x, 1); }},
      {"bce_with_logits_loss", [](Builder&, const Tensor& x) { return bce_with_logits_loss(x, 1); }},
      {"cross_entropy", [](Builder& b, const Tensor& x) { return cross_entropy(x, b.iota(0, {rows})); }},
      {"the gradient of relu",
       [](Builder&, const Tensor& x) { return grad(sum(relu(x) * relu(x)), {x})[0]; }},
      {"the gradient of max",
       [](Builder&, const Tensor& x) { return grad(sum(max(x, {1}) * max(x, {1})), {x})[0]; }},
      {"the gradient of bce_with_logits_loss",
       [](Builder&, const Tensor& x) { return grad(bce_with_logits_loss(x, 0.5), {x})[0]; }},
  };
}

bool any_nan(const std::vector<float>& values) {
  return std::ranges::any_of(values, [](float value) { return std::isnan(value); });
}

class NaN : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!host_can_run(GetParam())) GTEST_SKIP() << "this host cannot run " << GetParam();
  }
};

TEST_P(NaN, IsSeenWhereverItStands) {
  SessionOptions options;
  options.cpu = GetParam();
  options.threads = 1;
  options.cache_dir = "";
  Session session(options);
  const uint32_t seed = 7, step = 1;
  for (const Case& test : cases()) {
    Builder builder;
    builder.seed(), builder.step();
    const Tensor x = builder.input("x", DType::f32, {rows, columns});
    builder.output("y", test.function(builder, x));
    const Graph graph = builder.build();
    const auto program = session.add(test.name, graph);
    for (int64_t place = 0; place < rows * columns; place += 5) {
      Elements<float> given{{DType::f32, {rows, columns}}, std::vector<float>(rows * columns, 0.5f), {}};
      given.reals[place] = NAN;
      session.bind(program, "x", given.reals);
      session.bind(program, "seed", {&seed, 1});
      session.bind(program, "step", {&step, 1});
      session.run(program);
      const auto expected = interpret<float>(
          graph,
          {{"x", given}, {"seed", {{DType::u32, {}}, {}, {seed}}}, {"step", {{DType::u32, {}}, {}, {step}}}});
      EXPECT_TRUE(any_nan(expected.at("y").reals)) << test.name << ", interpreted, NaN at " << place;
      EXPECT_TRUE(any_nan(session.output(program, "y"))) << test.name << ", NaN at " << place;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cpus, NaN, testing::Values("x86-64-v3", "x86-64-v4"),
                         [](const auto& one) { return one.param == "x86-64-v3" ? "Avx2" : "Avx512"; });

}  // namespace
}  // namespace cgan_jit
