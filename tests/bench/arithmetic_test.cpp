#include <gtest/gtest.h>

#include "bench/nets/mlp.h"
#include "bench/nets/recurrent.h"
#include "bench/nets/wgan.h"
#include "cli/bench_arithmetic.h"
#include "frontend/cgan_jit.h"

namespace cgan_jit::nets {
namespace {

/// Multiplications and additions of so many products of a row of a batch.
double gflop(int64_t batch, int64_t products) { return 2e-9 * static_cast<double>(batch * products); }

// Forward, weight gradients, and input gradients of all layers but the first.
TEST(CountedArithmetic, OfAnMlpIsThreeProductsALayerButTwoOfTheFirst) {
  const int64_t products = 2 * 20 * 18 + 3 * (18 * 8 + 8 * 10);
  EXPECT_DOUBLE_EQ(cli::counted_gflop(mlp({12, 20, {18, 8}})), gflop(12, products));
}

// A vector's weight gradients sum nothing.
TEST(CountedArithmetic, OfASingleRowIsMatricesByVectors) {
  const int64_t products = 20 * 18 + 2 * (18 * 8 + 8 * 10);
  EXPECT_DOUBLE_EQ(cli::counted_gflop(mlp({1, 20, {18, 8}})), gflop(1, products));
}

TEST(CountedArithmetic, OfARecurrentNetSkipsTheFirstStateOfZeros) {
  const int64_t steps = 9, in = 6, hidden = 18;
  const int64_t products = steps * 2 * in * hidden + (steps - 1) * 3 * hidden * hidden + 3 * hidden * 10;
  EXPECT_DOUBLE_EQ(cli::counted_gflop(rnn({4, steps, in, hidden, 10})), gflop(4, products));
}

// 3 x 3 taps over 2 x 2 equal pixels: forward 2 x 2 for each of four places, gradients 3 x 3 for each pixel.
TEST(CountedArithmetic, OfAConvolutionOfADoubledPictureIsThatOfTheSmallOne) {
  const int64_t batch = 16, in = 18, out = 20, side = 8;
  Builder builder;
  const Tensor x = builder.param("x", {batch, in, side, side}, NormalInit{});
  const Tensor w = builder.param("w", {out, in, 3, 3}, NormalInit{});
  const Tensor y = conv2d(interpolate(x, {.scale_factor = 2}), w, {.padding = 1});
  const std::vector<Tensor> slopes = grad(sum(y * y), {x, w});
  builder.output("dx", slopes[0]);
  builder.output("dw", slopes[1]);
  TrainingStep step{batch, {}};
  add_program(step, "train", builder);
  EXPECT_DOUBLE_EQ(cli::counted_gflop(step), gflop(batch, side * side * in * out * (4 * 4 + 9 + 9)));
}

TEST(CountedArithmetic, CountsEachRunOfAProgram) {
  const auto of = [](int64_t critic_runs) {
    return cli::counted_gflop(wgan({8, 6, 20, {8, 18}, {18, 8}, critic_runs}));
  };
  EXPECT_GT(of(2), of(1));
  EXPECT_NEAR(of(5) - of(4), of(2) - of(1), 1e-15);
}

}  // namespace
}  // namespace cgan_jit::nets
