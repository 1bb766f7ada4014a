#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "frontend/activations.h"
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

/// A function of one real that is composed of others, in our words, and exactly: its value, its slope, and
/// the largest of the terms that the slope is a sum of.
struct Exact {
  double value, slope, slope_terms;
};
struct Composed {
  const char* name;
  Tensor (*function)(const Located& x);
  Exact (*exact)(double x);
  float low, high;  // of x's size
  double ulps_of_value, ulps_of_slope;
  bool of_positive = false;
};

Exact of(double value, double slope) { return {value, slope, std::fabs(slope)}; }

Exact exact_mish(double x) {
  const double softplus = std::log1p(std::exp(x)), part = std::tanh(softplus);
  const double turn = x * (1 - part * part) / (1 + std::exp(-x));
  return {x * part, part + turn, std::max(part, std::fabs(turn))};
}

Exact exact_logsigmoid(double x) {
  return of(std::min(x, 0.0) - std::log1p(std::exp(-std::fabs(x))), 1 / (1 + std::exp(x)));
}

// As PyTorch's, its slope below 0 is that of expm1, by its result.
Exact exact_selu(double x) {
  constexpr double alpha = 1.6732632423543772, scale = 1.0507009873554805;
  if (x > 0) return of(scale * x, scale);
  return {scale * alpha * std::expm1(x), scale * alpha * std::exp(x), scale * alpha};
}

// As PyTorch's, its slope is a difference.
Exact exact_softsign(double x) {
  const double inverse = 1 / (1 + std::fabs(x));
  return {x * inverse, inverse * inverse, inverse};
}

const std::vector<Composed>& composed() {
  static const std::vector<Composed> all = {
      {"exp2", exp2, [](double x) { return of(std::exp2(x), std::exp2(x) * M_LN2); }, 1e-30f, 125, 2, 3},
      {"log2", log2, [](double x) { return of(std::log2(x), M_LOG2E / x); }, 1e-37f, 1e38f, 2, 2, true},
      {"log10", log10, [](double x) { return of(std::log10(x), M_LOG10E / x); }, 1e-37f, 1e38f, 2, 2, true},
      {"tan", tan, [](double x) { return of(std::tan(x), 1 + std::tan(x) * std::tan(x)); }, 1e-30f, 1000, 3,
       5},
      {"sinh", sinh, [](double x) { return of(std::sinh(x), std::cosh(x)); }, 1e-30f, 88, 4, 4},
      {"cosh", cosh, [](double x) { return of(std::cosh(x), std::sinh(x)); }, 1e-30f, 88, 5, 4},
      {"mish", mish, exact_mish, 1e-30f, 80, 4, 5},
      {"logsigmoid", logsigmoid, exact_logsigmoid, 1e-30f, 80, 2, 3},
      {"selu", selu, exact_selu, 1e-30f, 80, 3, 2},
      {"softsign", softsign, exact_softsign, 1e-30f, 1e15f, 2, 2},
  };
  return all;
}

/// Geometrically from `low` to `high`.
std::vector<float> samples(const Composed& of) {
  constexpr int count = 20000;
  std::vector<float> x;
  for (int i = 0; i <= count; ++i) {
    const double share = static_cast<double>(i) / count;
    x.push_back(static_cast<float>(of.low * std::pow(static_cast<double>(of.high) / of.low, share)));
    if (!of.of_positive) x.push_back(-x.back());
  }
  return x;
}

/// In units in the last place of `near`.
double ulps(double is, double exact, double near) {
  const double ulp = std::ldexp(1, std::max(std::ilogb(near), -126) - 23);
  return std::fabs(is - exact) / ulp;
}

TEST(Rounding, OfComposedFunctionsIsAFewUlps) {
  for (const Composed& test : composed()) {
    const std::vector<float> x = samples(test);
    Builder builder;
    const Tensor operand = builder.input("x", DType::f32, {static_cast<int64_t>(x.size())});
    const Tensor y = test.function(operand), slope = grad(sum(y), {operand})[0];
    const std::vector<float> values = rounded(builder, y, x), slopes = rounded(builder, slope, x);
    for (size_t i = 0; i < x.size(); ++i) {
      const Exact exact = test.exact(x[i]);
      ASSERT_LE(ulps(values[i], exact.value, exact.value), test.ulps_of_value) << test.name << " of " << x[i];
      ASSERT_LE(ulps(slopes[i], exact.slope, exact.slope_terms), test.ulps_of_slope)
          << test.name << "'s slope at " << x[i];
    }
  }
}

}  // namespace
}  // namespace cgan_jit
