#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "frontend/init.h"
#include "frontend/layers.h"
#include "tests/frontend/evaluate.h"

namespace cgan_jit {
namespace {

Elements<double> updated(const Builder& builder, const std::string& name,
                         const Environment<double>& environment) {
  return interpret<double>(builder.build(), environment).at(name);
}

TEST(Layers, NamesArePaths) {
  Builder builder;
  Sequential model(builder / "net" / "model");
  model.add<Linear>(3, 4);
  model.add<LeakyReLU>(0.2f);
  model.add<BatchNorm1d>(4, 0.8f);
  std::vector<std::string> names;
  for (const ParamDecl& decl : builder.params()) names.push_back(decl.name);
  EXPECT_EQ(names, (std::vector<std::string>{"net.model.0.weight", "net.model.0.bias", "net.model.2.weight",
                                             "net.model.2.bias", "net.model.2.running_mean",
                                             "net.model.2.running_var"}));
  EXPECT_EQ(builder.trained("net").size(), 4u);
  EXPECT_EQ(builder.trained("ne").size(), 0u);
}

TEST(Layers, LinearIsXTimesWeightTransposedPlusBias) {
  Builder builder;
  const Linear linear(builder, 2, 3);
  const Tensor y = linear(builder.input("x", DType::f32, {1, 2}));
  EXPECT_EQ(evaluate(builder, y,
                     {{"x", reals({1, 2}, {1, 2})},
                      {"weight", reals({3, 2}, {1, 2, 3, 4, 5, 6})},
                      {"bias", reals({3}, {10, 20, 30})}}),
            reals({1, 3}, {15, 31, 47}));
}

class BatchNorm : public testing::Test {
 protected:
  static constexpr int64_t rows = 4, features = 3;
  static constexpr float eps = 0.8f;

  double x_at(int64_t row, int64_t feature) const { return x.reals[row * features + feature]; }
  double mean(int64_t feature) const {
    double sum = 0;
    for (int64_t row = 0; row < rows; ++row) sum += x_at(row, feature);
    return sum / rows;
  }
  double squares(int64_t feature) const {
    double sum = 0;
    for (int64_t row = 0; row < rows; ++row) sum += std::pow(x_at(row, feature) - mean(feature), 2);
    return sum;
  }

  Elements<double> x = random_reals({rows, features}, 1);
  Environment<double> environment = {{"x", x},
                                     {"weight", random_reals({features}, 2)},
                                     {"bias", random_reals({features}, 3)},
                                     {"running_mean", random_reals({features}, 4)},
                                     {"running_var", reals({features}, {0.5, 1, 2})}};
};

TEST_F(BatchNorm, TrainingUsesTheBatch) {
  Builder builder;
  const BatchNorm1d norm(builder, features, eps);
  const std::vector<double> y =
      evaluate(builder, norm(builder.input("x", DType::f32, x.type.shape)), environment).reals;
  for (int64_t i = 0; i < rows * features; ++i) {
    const int64_t f = i % features;
    const double normal = (x_at(i / features, f) - mean(f)) / std::sqrt(squares(f) / rows + eps);
    EXPECT_NEAR(y[i], normal * environment["weight"].reals[f] + environment["bias"].reals[f], 1e-12);
  }
}

TEST_F(BatchNorm, TrainingMovesTheRunningStatistics) {
  Builder builder;
  const BatchNorm1d norm(builder, features, eps);
  norm(builder.input("x", DType::f32, x.type.shape));
  const auto new_mean = updated(builder, "running_mean", environment).reals;
  const auto new_var = updated(builder, "running_var", environment).reals;
  for (int64_t f = 0; f < features; ++f) {
    EXPECT_NEAR(new_mean[f], 0.9 * environment["running_mean"].reals[f] + 0.1 * mean(f), 1e-8);
    EXPECT_NEAR(new_var[f], 0.9 * environment["running_var"].reals[f] + 0.1 * squares(f) / (rows - 1), 1e-7);
  }
}

TEST_F(BatchNorm, TwoCallsMoveTheRunningStatisticsTwice) {
  Builder builder;
  const BatchNorm1d norm(builder, features, eps);
  const Tensor input = builder.input("x", DType::f32, x.type.shape);
  norm(input);
  norm(input);
  const auto new_mean = updated(builder, "running_mean", environment).reals;
  for (int64_t f = 0; f < features; ++f) {
    EXPECT_NEAR(new_mean[f], 0.81 * environment["running_mean"].reals[f] + 0.19 * mean(f), 1e-8);
  }
}

TEST_F(BatchNorm, EvaluationUsesTheRunningStatistics) {
  Builder builder(Mode::eval);
  const BatchNorm1d norm(builder, features, eps);
  const std::vector<double> y =
      evaluate(builder, norm(builder.input("x", DType::f32, x.type.shape)), environment).reals;
  for (int64_t i = 0; i < rows * features; ++i) {
    const int64_t f = i % features;
    const auto running = [&](const char* name) { return environment[name].reals[f]; };
    const double normal = (x.reals[i] - running("running_mean")) / std::sqrt(running("running_var") + eps);
    EXPECT_NEAR(y[i], normal * running("weight") + running("bias"), 1e-12);
  }
  EXPECT_TRUE(builder.build().outputs().empty());
}

TEST(Initialisation, IsAPureFunctionOfTheSeed) {
  const std::vector<ParamDecl> decls = {{"a", {10, 10}, UniformInit{0.5f}}, {"b", {100}, NormalInit{}}};
  EXPECT_EQ(initial_params(decls, 3), initial_params(decls, 3));
  EXPECT_NE(initial_params(decls, 3), initial_params(decls, 4));
}

TEST(Initialisation, LinearIsUniformWithinOneOverTheRootOfItsInputs) {
  Builder builder;
  const Linear linear(builder, 400, 100);
  const auto values = initial_params(builder.params(), 1);
  for (const char* name : {"weight", "bias"}) {
    const auto [low, high] = std::ranges::minmax(values.at(name));
    EXPECT_GE(low, -0.05f);
    EXPECT_LE(high, 0.05f);
    EXPECT_LT(low, -0.045f);
    EXPECT_GT(high, 0.045f);
  }
}

TEST(Initialisation, EmbeddingIsNormal) {
  Builder builder;
  const Embedding table(builder, 100, 100);
  const std::vector<float> values = initial_params(builder.params(), 1).at("weight");
  double sum = 0, squares = 0;
  for (double value : values) sum += value, squares += value * value;
  EXPECT_NEAR(sum / 1e4, 0, 0.05);
  EXPECT_NEAR(squares / 1e4, 1, 0.07);
}

TEST(Initialisation, BatchNormIsTheIdentity) {
  Builder builder;
  const BatchNorm1d norm(builder, 2);
  const auto values = initial_params(builder.params(), 1);
  EXPECT_EQ(values.at("weight"), (std::vector<float>{1, 1}));
  EXPECT_EQ(values.at("bias"), (std::vector<float>{0, 0}));
  EXPECT_EQ(values.at("running_mean"), (std::vector<float>{0, 0}));
  EXPECT_EQ(values.at("running_var"), (std::vector<float>{1, 1}));
}

}  // namespace
}  // namespace cgan_jit
