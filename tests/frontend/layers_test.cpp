#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "frontend/attention.h"
#include "frontend/init.h"
#include "frontend/recurrent.h"
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
  EXPECT_TRUE(builder.build().graph.outputs().empty());
}

std::map<std::string, Init> beginnings(const Builder& builder) {
  std::map<std::string, Init> found;
  for (const ParamDecl& decl : builder.params()) found[decl.name] = decl.init;
  return found;
}

TEST(LayersBegin, AsPyTorchHasThem) {
  Builder builder;
  const Linear linear(builder / "linear", 400, 100);
  const Conv2d convolution(builder / "convolution", 4, 8, 5);
  const Embedding table(builder / "table", 10, 20);
  const BatchNorm1d norm(builder / "norm", 2);
  const PReLU slopes(builder / "slopes", 3);
  EXPECT_EQ(beginnings(builder), (std::map<std::string, Init>{{"linear.weight", UniformInit{0.05f}},
                                                              {"linear.bias", UniformInit{0.05f}},
                                                              {"convolution.weight", UniformInit{0.1f}},
                                                              {"convolution.bias", UniformInit{0.1f}},
                                                              {"table.weight", NormalInit{}},
                                                              {"norm.weight", ConstantInit{1}},
                                                              {"norm.bias", ConstantInit{0}},
                                                              {"norm.running_mean", ConstantInit{0}},
                                                              {"norm.running_var", ConstantInit{1}},
                                                              {"slopes.weight", ConstantInit{0.25f}}}));
}

TEST(LayersBegin, UnderPyTorchsNames) {
  Builder builder;
  const ConvTranspose2d transposed(builder / "t", 4, 2, {5, 5}, {.groups = 2});
  const GroupNorm norm(builder / "n", 2, 4);
  const ConvTranspose1d sequences(builder / "s", 4, 2, 8);
  const RMSNorm size(builder / "r", {2, 3});
  const MultiheadAttention attention(builder / "a", 16, 2);
  const GRU gru(builder / "g", 3, 4, {.bidirectional = true});
  const Init quarter = UniformInit{0.25f}, half = UniformInit{0.5f}, zero = ConstantInit{0};
  EXPECT_EQ(beginnings(builder), (std::map<std::string, Init>{{"t.weight", UniformInit{0.2f}},
                                                              {"t.bias", UniformInit{0.2f}},
                                                              {"n.weight", ConstantInit{1}},
                                                              {"n.bias", zero},
                                                              {"s.weight", quarter},
                                                              {"s.bias", quarter},
                                                              {"r.weight", ConstantInit{1}},
                                                              {"a.in_proj_weight", xavier_uniform()},
                                                              {"a.in_proj_bias", zero},
                                                              {"a.out_proj.weight", quarter},
                                                              {"a.out_proj.bias", zero},
                                                              {"g.weight_ih_l0", half},
                                                              {"g.weight_hh_l0", half},
                                                              {"g.bias_ih_l0", half},
                                                              {"g.bias_hh_l0", half},
                                                              {"g.weight_ih_l0_reverse", half},
                                                              {"g.weight_hh_l0_reverse", half},
                                                              {"g.bias_ih_l0_reverse", half},
                                                              {"g.bias_hh_l0_reverse", half}}));
}

TEST(LayersBegin, AsTheyAreTold) {
  Builder builder;
  Sequential model(builder / "model");
  model.add<Linear>(4, 3, LayerInit{xavier_normal(), ConstantInit{0}});
  model.add<Conv2d>(1, 2, 3, ConvOptions{}, LayerInit{.bias = ConstantInit{0.5f}});
  const Embedding table(builder / "table", 10, 20, NormalInit{0, 0.02f});
  EXPECT_EQ(beginnings(builder), (std::map<std::string, Init>{{"model.0.weight", xavier_normal()},
                                                              {"model.0.bias", ConstantInit{0}},
                                                              {"model.1.weight", UniformInit{1.0f / 3}},
                                                              {"model.1.bias", ConstantInit{0.5f}},
                                                              {"table.weight", NormalInit{0, 0.02f}}}));
}

// As PyTorch's Linear(0, 3): its weight has nothing to draw, its bias is 0.
TEST(LayersBegin, WithoutInputsAtZero) {
  Builder builder;
  const Linear linear(builder, 0, 3);
  EXPECT_EQ(beginnings(builder).at("bias"), Init(UniformInit{0}));
}

}  // namespace
}  // namespace cgan_jit
