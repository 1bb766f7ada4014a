#include <gtest/gtest.h>

#include <cmath>

#include "frontend/activations.h"
#include "frontend/losses.h"
#include "tests/frontend/evaluate.h"

namespace cgan_jit {
namespace {

class Ops : public testing::Test {
 protected:
  Elements<double> value(const Tensor& tensor) {
    return evaluate(builder, tensor,
                    {{"x", reals({2, 3}, {1, 2, 3, 4, 5, 6})},
                     {"row", reals({3}, {10, 20, 30})},
                     {"column", reals({2, 1}, {100, 200})},
                     {"labels", integers(DType::i32, {2}, {2, 0})}});
  }

  Builder builder;
  Tensor x = builder.input("x", DType::f32, {2, 3});
  Tensor row = builder.input("row", DType::f32, {3});
  Tensor column = builder.input("column", DType::f32, {2, 1});
  Tensor labels = builder.input("labels", DType::i32, {2});
};

TEST_F(Ops, BroadcastAlignsAtTheLastAxis) {
  EXPECT_EQ(value(x + row), reals({2, 3}, {11, 22, 33, 14, 25, 36}));
  EXPECT_EQ(value(column - row), reals({2, 3}, {90, 80, 70, 190, 180, 170}));
  EXPECT_EQ(value(x * 2), reals({2, 3}, {2, 4, 6, 8, 10, 12}));
  EXPECT_EQ(value(1 - row), reals({3}, {-9, -19, -29}));
  EXPECT_EQ(value(broadcast_to(column, {2, 2, 3})).reals,
            (std::vector<double>{100, 100, 100, 200, 200, 200, 100, 100, 100, 200, 200, 200}));
}

TEST_F(Ops, ComparisonsChoose) {
  EXPECT_EQ(value(x > 3), integers(DType::boolean, {2, 3}, {0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(value(x <= 3), integers(DType::boolean, {2, 3}, {1, 1, 1, 0, 0, 0}));
  EXPECT_EQ(value(x >= 6), integers(DType::boolean, {2, 3}, {0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(value(labels == 2), integers(DType::boolean, {2}, {1, 0}));
  EXPECT_EQ(value(labels != 2), integers(DType::boolean, {2}, {0, 1}));
  EXPECT_EQ(value(where(x < 3, x, row)), reals({2, 3}, {1, 2, 30, 10, 20, 30}));
  EXPECT_EQ(value(where(x < 3, 0, x)), reals({2, 3}, {0, 0, 3, 4, 5, 6}));
  EXPECT_EQ(value(maximum(x, 4)), reals({2, 3}, {4, 4, 4, 4, 5, 6}));
  EXPECT_EQ(value(minimum(x, 4)), reals({2, 3}, {1, 2, 3, 4, 4, 4}));
}

TEST_F(Ops, CastsKeepTheValue) {
  EXPECT_EQ(value(cast(x * 1.5, DType::i32)), integers(DType::i32, {2, 3}, {1, 3, 4, 6, 7, 9}));
  EXPECT_EQ(value(cast(labels, DType::f32)), reals({2}, {2, 0}));
  EXPECT_EQ(value(cast(labels, DType::boolean)), integers(DType::boolean, {2}, {1, 0}));
}

TEST_F(Ops, ViewsMoveElements) {
  EXPECT_EQ(value(transpose(x)), reals({3, 2}, {1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(value(reshape(x, {3, -1})), reals({3, 2}, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(value(slice(x, 1, 1, 3)), reals({2, 2}, {2, 3, 5, 6}));
  EXPECT_EQ(value(slice(x, -1, -2, 3)), reals({2, 2}, {2, 3, 5, 6}));
  EXPECT_EQ(value(slice(x, 1, 0, 3, 2)), reals({2, 2}, {1, 3, 4, 6}));
  EXPECT_EQ(value(concat({x, column}, 1)), reals({2, 4}, {1, 2, 3, 100, 4, 5, 6, 200}));
  EXPECT_EQ(value(permute(reshape(x, {1, 2, 3}), {2, 0, 1})), reals({3, 1, 2}, {1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(value(pad(row, {{1, 2}}, -1)), reals({6}, {-1, 10, 20, 30, -1, -1}));
}

TEST_F(Ops, ReductionsDropOrKeepTheirAxes) {
  EXPECT_EQ(value(sum(x)), reals({}, {21}));
  EXPECT_EQ(value(sum(x, {0})), reals({3}, {5, 7, 9}));
  EXPECT_EQ(value(sum_keepdim(x, {1})), reals({2, 1}, {6, 15}));
  EXPECT_EQ(value(mean(x, {-2})), reals({3}, {2.5, 3.5, 4.5}));
  EXPECT_EQ(value(max(x, {1})), reals({2}, {3, 6}));
  EXPECT_EQ(value(max_keepdim(x, {0})), reals({1, 3}, {4, 5, 6}));
  EXPECT_EQ(value(max(x)), reals({}, {6}));
  EXPECT_EQ(value(var(x, {1})), reals({2}, {1, 1}));
  EXPECT_EQ(value(stddev(x, {1})), reals({2}, {1, 1}));
  EXPECT_EQ(value(var(x)), reals({}, {3.5}));
}

TEST_F(Ops, MatmulSumsProducts) {
  EXPECT_EQ(value(matmul(x, transpose(x))), reals({2, 2}, {14, 32, 32, 77}));
  EXPECT_EQ(value(matmul(reshape(x, {2, 1, 3}), transpose(x))), reals({2, 1, 2}, {14, 32, 32, 77}));
}

TEST_F(Ops, EmbeddingTakesRows) {
  EXPECT_EQ(value(embedding(transpose(x), labels)), reals({2, 2}, {3, 6, 1, 4}));
  EXPECT_EQ(value(embedding(row, labels)), reals({2}, {30, 10}));
}

TEST_F(Ops, ConvolutionSumsWindows) {
  const Tensor image = reshape(x, {1, 1, 2, 3});
  const Tensor ones = builder.constant(1, DType::f32, {1, 1, 2, 2});
  EXPECT_EQ(value(conv2d(image, ones)), reals({1, 1, 1, 2}, {12, 16}));
  EXPECT_EQ(value(conv2d(image, ones, {.stride = 2, .padding = 1})), reals({1, 1, 2, 2}, {1, 5, 4, 11}));
  EXPECT_EQ(value(max_pool2d(image, 2, {.stride = 1})), reals({1, 1, 1, 2}, {5, 6}));
}

TEST_F(Ops, OfNothingAreSafe) {
  const Tensor w = builder.param("w", {3}, ConstantInit{0});
  const auto at_zero = [&](const Tensor& t) {
    return evaluate(builder, t, {{"w", reals({3}, {0, 0, 0})}}).reals;
  };
  EXPECT_EQ(at_zero(grad(norm(w), {w})[0]), (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(at_zero(logsumexp(log(w), {0})), std::vector<double>{-INFINITY});
  EXPECT_EQ(at_zero(bce_loss(w, 1, Reduction::none)), (std::vector<double>{100, 100, 100}));
  EXPECT_EQ(at_zero(grad(sum(elu(w)), {w})[0]), (std::vector<double>{1, 1, 1}));
  EXPECT_EQ(at_zero(grad(sum(clamp(w, 0, 1)), {w})[0]), (std::vector<double>{1, 1, 1}));
}

TEST_F(Ops, ArgmaxTakesTheFirstMaximumOrNaN) {
  EXPECT_EQ(value(argmax(minimum(x, 2), 1)), integers(DType::i32, {2}, {1, 0}));
  EXPECT_EQ(value(argmax(where(x == 2, NAN, x), 1)), integers(DType::i32, {2}, {1, 2}));
  EXPECT_EQ(value(argmax(x)), integers(DType::i32, {}, {5}));
}

TEST_F(Ops, GatherOutsideGivesZero) {
  EXPECT_EQ(value(gather(x, 1, reshape(labels * 2 - 1, {2, 1}))), reals({2, 1}, {0, 0}));
}

TEST_F(Ops, Dropout2dDropsChannels) {
  const Tensor kept = dropout2d(builder.constant(1, DType::f32, {8, 8, 2, 2}), 0.5f);
  const std::vector<double> values = value(kept).reals;
  for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ(values[i], values[i / 4 * 4]);
  EXPECT_EQ(value(max(kept)).reals[0], 2);
  EXPECT_EQ(value(-max(-kept)).reals[0], 0);
}

TEST_F(Ops, LossesAreTheirFormulae) {
  EXPECT_NEAR(value(mse_loss(x, 2)).reals[0], (1 + 0 + 1 + 4 + 9 + 16) / 6.0, 1e-6);
  double bce = 0, entropy = 0;
  const auto logistic = [](double logit) { return 1 / (1 + std::exp(-logit)); };
  for (double logit : {1, 2, 3, 4, 5, 6})
    bce -= (.25 * std::log(logistic(logit)) + .75 * std::log(1 - logistic(logit))) / 6;
  EXPECT_NEAR(value(bce_with_logits_loss(x, 0.25)).reals[0], bce, 1e-6);
  const double sums[] = {std::exp(1) + std::exp(2) + std::exp(3), std::exp(4) + std::exp(5) + std::exp(6)};
  entropy = -(std::log(std::exp(3) / sums[0]) + std::log(std::exp(4) / sums[1])) / 2;
  EXPECT_NEAR(value(cross_entropy(x, labels)).reals[0], entropy, 1e-6);
}

TEST_F(Ops, LossesDoNotOverflow) {
  EXPECT_EQ(value(bce_with_logits_loss(x * 1000, 1)).reals[0], 0);
  EXPECT_EQ(value(bce_with_logits_loss(x * -1000, 0)).reals[0], 0);
  EXPECT_EQ(value(cross_entropy(x * 1000, labels)).reals[0], 1000);
}

}  // namespace
}  // namespace cgan_jit
