#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "frontend/losses.h"
#include "tests/frontend/evaluate.h"

// What only shows in float: results are as good as their last bits.

namespace cgan_jit {
namespace {

/// `value` in float arithmetic, as a program computes it.
std::vector<float> rounded(Builder& builder, const Tensor& value, const std::vector<float>& x) {
  Graph program = builder.graph();
  program.add_output("value", value.value);
  const Elements<float> given{{DType::f32, {static_cast<int64_t>(x.size())}}, x, {}};
  return interpret<float>(program, {{"x", given}}).at("value").reals;
}

TEST(Rounding, AMeanOfOnesIsOne) {
  for (int64_t n = 1; n <= 1000; ++n) {
    Builder builder;
    const Tensor x = builder.input("x", DType::f32, {n});
    EXPECT_EQ(rounded(builder, mean(x), std::vector<float>(n, 1))[0], 1) << n;
    const Tensor gradient = grad(mean(x), {x})[0];
    EXPECT_EQ(rounded(builder, gradient, std::vector<float>(n, 1))[0], 1 / static_cast<float>(n)) << n;
  }
}

/// The logistic loss of one logit, and its derivative, exactly; each term by itself, without cancellation.
struct Logistic {
  double loss, slope;
};
Logistic exact_logistic(double x, double target) {
  const double tail = std::exp(-std::fabs(x)), p = x > 0 ? 1 : 0;
  return {x * (p - target) + std::log1p(tail), (p - target) - std::copysign(tail / (1 + tail), x)};
}

const std::vector<float> logits = {-1e38f, -1000, -100, -87, -50, -20, -10, -1,  -1e-3f, -1e-30f,
                                   1e-30f, 1e-3f, 1,    10,  20,  50,  87,  100, 1000,   1e38f};

TEST(Rounding, TheLogisticLossKeepsItsTails) {
  for (double target : {0.0, 1.0, 0.25}) {
    for (float logit : logits) {
      Builder builder;
      const Tensor x = builder.input("x", DType::f32, {1});
      const Tensor loss = bce_with_logits_loss(x, target);
      const Logistic exact = exact_logistic(logit, target);
      // An ulp is up to 1.2e-7, an expansion's error up to 1.8 of them, and subnormals have their own. Only a
      // target between 0 and 1 makes the slope a difference of terms that do not vanish.
      const auto near = [](double value) { return 4e-7 * value + 3e-45; };
      const double slope_terms = std::max(std::fabs(exact.slope), target * (1 - target));
      EXPECT_NEAR(rounded(builder, loss, {logit})[0], exact.loss, near(exact.loss))
          << logit << ", " << target;
      EXPECT_NEAR(rounded(builder, grad(loss, {x})[0], {logit})[0], exact.slope, near(slope_terms))
          << logit << ", " << target;
    }
  }
}

TEST(Rounding, TheLogisticLossOfMinusTwentyIsItsTail) {
  Builder builder;
  const Tensor x = builder.input("x", DType::f32, {4});
  const float loss = rounded(builder, bce_with_logits_loss(x, 0), {-20, -20, -20, -20})[0];
  EXPECT_FLOAT_EQ(loss, 2.0611537e-09f);
}

}  // namespace
}  // namespace cgan_jit
