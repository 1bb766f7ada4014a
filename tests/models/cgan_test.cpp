#include "models/cgan.h"

#include <gtest/gtest.h>

#include "passes/contract.h"
#include "passes/simplify.h"
#include "passes/stack.h"

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
  CganConfig few_classes, narrow, no_dropout, wide;
  few_classes.n_classes = 10;
  narrow.generator_widths = {64, 128, 256, 512};
  narrow.discriminator_widths = {256, 256, 256};
  no_dropout.dropout = 0;
  wide.generator_widths = {256, 512, 1024, 2048};
  wide.discriminator_widths = {1024, 1024, 1024};
  for (const CganConfig& config : {CganConfig{}, few_classes, narrow, no_dropout, wide}) {
    for (int64_t batch : {32, 64}) {
      const Graph program = optimised(training_step(config, batch, 60000));
      EXPECT_NEAR(contraction_gflop(program) + last_linear_gflop(config, batch), least_gflop(config, batch),
                  1e-9);
    }
  }
}

}  // namespace
}  // namespace cgan_jit::models
