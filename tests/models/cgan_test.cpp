#include "models/cgan.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ir/interpret.h"
#include "passes/products/contract.h"
#include "passes/products/stack.h"
#include "passes/simplify/simplify.h"
#include "tests/models/environment.h"

namespace cgan_jit::models {
namespace {

Graph optimised(const Graph& program) { return simplify(stack(contract(simplify(program)))); }

/// Multiplications and additions of all contractions, in 1e9.
double contraction_gflop(const Graph& program) {
  double flop = 0;
  for (const Node& node : program.nodes()) {
    if (const auto* product = as<Contract>(node)) {
      flop += 2.0 * static_cast<double>(element_count(node.type.shape) * element_count(product->summed));
    }
  }
  return flop * 1e-9;
}

/// The discriminator's last Linear is one column wide: its products are no contractions. Forward, then both
/// gradients.
double last_linear_gflop(const CganConfig& config, int64_t batch) {
  const int64_t forward = config.dropout == 0 ? 2 : 3;
  return 2e-9 * static_cast<double>(batch * config.discriminator_widths.back() * (forward + 3 + 2));
}

TEST(Cgan, LeastArithmeticOfTheReport) { EXPECT_NEAR(least_gflop({}, 64), 1.554, 5e-4); }

TEST(Cgan, CompiledStepDoesNoMoreThanTheLeastArithmetic) {
  CganConfig few_classes, narrow, no_dropout, wide, embedding, tips;
  few_classes.n_classes = 10;
  narrow.generator_widths = {64, 128, 256, 512};
  narrow.discriminator_widths = {256, 256, 256};
  no_dropout.dropout = 0;
  wide.generator_widths = {256, 512, 1024, 2048};
  wide.discriminator_widths = {1024, 1024, 1024};
  embedding.embedding = 48;
  tips.loss = GanLoss::bce;
  tips.g_dropout = 0.5f;
  tips.smooth_labels = 0.1f;
  for (const CganConfig& config : {CganConfig{}, few_classes, narrow, no_dropout, wide, embedding, tips}) {
    for (int64_t batch : {32, 64}) {
      const Graph program = optimised(training_step(config, batch, 60000));
      EXPECT_NEAR(contraction_gflop(program) + last_linear_gflop(config, batch), least_gflop(config, batch),
                  1e-9);
    }
  }
}

TEST(Cgan, ParamsHavePyTorchGansNames) {
  std::vector<std::string> names;
  for (const ParamDecl& decl : params(CganConfig{})) {
    if (decl.name.starts_with("adam.")) continue;
    names.push_back(decl.name);
  }
  std::vector<std::string> expected = {"generator.label_emb.weight", "generator.model.0.weight",
                                       "generator.model.0.bias"};
  for (int block : {2, 5, 8}) {
    for (const char* what : {"weight", "bias"})
      expected.push_back(fmt::format("generator.model.{}.{}", block, what));
    for (const char* what : {"weight", "bias", "running_mean", "running_var"}) {
      expected.push_back(fmt::format("generator.model.{}.{}", block + 1, what));
    }
  }
  expected.insert(expected.end(), {"generator.model.11.weight", "generator.model.11.bias",
                                   "discriminator.label_embedding.weight"});
  for (int layer : {0, 2, 5, 8}) {
    for (const char* what : {"weight", "bias"})
      expected.push_back(fmt::format("discriminator.model.{}.{}", layer, what));
  }
  EXPECT_EQ(names, expected);
}

/// A model that the interpreter runs in milliseconds.
CganConfig small() {
  CganConfig config;
  config.n_classes = 12;
  config.latent_dim = 5;
  config.img_size = 4;
  config.generator_widths = {8, 16};
  config.discriminator_widths = {8, 8, 8};
  return config;
}

TEST(Cgan, FakesDrawTheirLabelsFromAllClassesOrFromTheDataSets) {
  for (GenLabels gen_labels : {GenLabels::all, GenLabels::dataset}) {
    CganConfig config = small();
    config.gen_labels = gen_labels;
    const Graph program = training_step(config, 200, cgan_images);
    Environment<float> environment = cgan_environment<float>(config);
    environment["indices"] = integers<float>(DType::i32, {200}, std::vector<int64_t>(200, 0));
    const std::vector<float> moments =
        interpret<float>(program, environment).at("adam.generator.label_emb.weight.m").reals;
    const int64_t drawn = gen_labels == GenLabels::all ? config.n_classes : config.dataset_classes;
    for (int64_t row = 0; row < config.n_classes; ++row) {
      EXPECT_EQ(moments[row * config.n_classes] != 0, row < drawn) << row;
    }
  }
}

TEST(Cgan, EvaluationInTrainingModeHasTheStepsLosses) {
  const Environment<float> environment = cgan_environment<float>(small());
  const auto step = interpret<float>(training_step(small(), cgan_batch, cgan_images), environment);
  const auto evaluated =
      interpret<float>(evaluation(small(), cgan_batch, cgan_images, Mode::train), environment);
  ASSERT_EQ(evaluated.size(), 2u);
  for (const char* loss : {"g_loss", "d_loss"}) EXPECT_EQ(evaluated.at(loss), step.at(loss));
}

TEST(Cgan, EvaluationInEvaluationModeDropsNothing) {
  const Environment<float> environment = cgan_environment<float>(small());
  CganConfig no_dropout = small();
  no_dropout.dropout = 0;
  const auto losses = [&](const CganConfig& config, Mode mode) {
    return interpret<float>(evaluation(config, cgan_batch, cgan_images, mode), environment);
  };
  EXPECT_EQ(losses(small(), Mode::eval), losses(no_dropout, Mode::eval));
  EXPECT_NE(losses(no_dropout, Mode::train), losses(no_dropout, Mode::eval));
}

TEST(Cgan, SamplesDependOnNothingElseInTheirBatch) {
  const CganConfig config = small();
  Environment<float> environment = cgan_environment<float>(config);
  const auto sampled = [&](const std::vector<float>& z, const std::vector<int64_t>& labels) {
    const auto count = static_cast<int64_t>(labels.size());
    environment["z"] = reals<float>({count, config.latent_dim}, z);
    environment["labels"] = integers<float>(DType::i32, {count}, labels);
    return interpret<float>(sampling(config, count), environment).at("images").reals;
  };
  const std::vector<float> both = sampled({1, -1, .5f, 0, 2, -2, 1, 0, .1f, .2f}, {3, 7});
  const std::vector<float> second = sampled({-2, 1, 0, .1f, .2f}, {7});
  EXPECT_EQ(std::vector<float>(both.begin() + config.pixels(), both.end()), second);
  for (float pixel : both) EXPECT_LE(std::abs(pixel), 1);
}

}  // namespace
}  // namespace cgan_jit::models
