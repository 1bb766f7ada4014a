#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>

#include "examples.h"
#include "ir/elementwise.h"

namespace cgan_jit {
namespace {

/// The distance from the true value in units of its last place as a float (subnormals: of the smallest one).
/// A float infinity stands for 2^128; NaN must be NaN.
double ulps(float actual, double exact) {
  if (std::isnan(exact) || std::isnan(actual)) return std::isnan(exact) == std::isnan(actual) ? 0 : INFINITY;
  if (std::isinf(exact)) return static_cast<double>(actual) == exact ? 0 : INFINITY;
  int exponent = 0;
  std::frexp(std::min(std::fabs(exact), 0x1p127), &exponent);
  const double value = std::isinf(actual) ? std::copysign(0x1p128, actual) : actual;
  const double beyond = std::min(std::fabs(exact), 0x1p128);
  return std::fabs(value - std::copysign(beyond, exact)) / std::ldexp(1.0, std::max(exponent - 24, -149));
}

struct Accuracy {
  Fn fn;
  std::function<double(double)> exact;
  double bound;  // ulp
  double range = INFINITY;
};

double exact_sigmoid(double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }

const std::vector<Accuracy>& accuracies() {
  static const std::vector<Accuracy> all = {
      {Fn::exp, [](double x) { return std::exp(x); }, 1.6},
      {Fn::expm1, [](double x) { return std::expm1(x); }, 1.8},
      {Fn::log, [](double x) { return std::log(x); }, 0.9},
      {Fn::tanh, [](double x) { return std::tanh(x); }, 3.4},
      {Fn::sigmoid, exact_sigmoid, 3.2},
      {Fn::sin, [](double x) { return std::sin(x); }, 1.6, 1e5},
      {Fn::cos, [](double x) { return std::cos(x); }, 1.6, 1e5},
      {Fn::sign, [](double x) { return x > 0   ? 1
                                       : x < 0 ? -1
                                               : x; }, 0},
  };
  return all;
}

std::vector<float> values_of(Fn fn, std::vector<float> arguments) {
  const auto count = static_cast<int64_t>(arguments.size());
  const Elements<float> in{f32({count}), std::move(arguments), {}};
  return map_elements<float>(fn, {&in}).reals;
}

/// Floats of every sign and exponent: one in `step`, in the order of their bits.
std::vector<float> sampled_floats(uint64_t step, double range) {
  std::vector<float> floats;
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += step) {
    const float value = std::bit_cast<float>(static_cast<uint32_t>(bits));
    if (std::isnan(value) || std::fabs(value) <= range) floats.push_back(value);
  }
  return floats;
}

TEST(Expansion, StaysWithinItsStatedError) {
  for (const Accuracy& accuracy : accuracies()) {
    const std::vector<float> arguments = sampled_floats(4099, accuracy.range);
    const std::vector<float> values = values_of(accuracy.fn, arguments);
    double worst = 0;
    float worst_at = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const double error = ulps(values[i], accuracy.exact(arguments[i]));
      if (error > worst) worst = error, worst_at = arguments[i];
    }
    EXPECT_LE(worst, accuracy.bound) << name_of(accuracy.fn) << " at " << worst_at;
    EXPECT_LE(accuracy.bound, 4);
  }
}

// Where the shape of a function is in the detail: around its own special points.
TEST(Expansion, StaysWithinItsStatedErrorAtSpecialPoints) {
  std::vector<float> arguments;
  for (float point : {0.0F,       1e-40F, 1.17549435e-38F, 0.1251F,    0.3465736F, 0.549F,     0.6931472F,
                      0.7071068F, 1.0F,   1.0397F,         1.4142135F, 1.5707963F, 3.1415927F, 6.2831855F,
                      8.66F,      9.0F,   18.0F,           87.33654F,  88.72284F,  103.9721F,  104.0F}) {
    for (int offset = -200; offset <= 200; ++offset) {
      const auto bits = static_cast<int64_t>(std::bit_cast<uint32_t>(point)) + offset;
      if (bits < 0) continue;
      arguments.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
      arguments.push_back(-arguments.back());
    }
  }
  for (const Accuracy& accuracy : accuracies()) {
    const std::vector<float> values = values_of(accuracy.fn, arguments);
    for (size_t i = 0; i < values.size(); ++i) {
      ASSERT_LE(ulps(values[i], accuracy.exact(arguments[i])), accuracy.bound)
          << name_of(accuracy.fn) << " at " << arguments[i];
    }
  }
}

TEST(Expansion, SpecialValues) {
  const float inf = INFINITY, nan = NAN;
  const auto at = [](Fn fn, float x) { return values_of(fn, {x})[0]; };
  EXPECT_EQ(at(Fn::exp, 0), 1);
  EXPECT_EQ(at(Fn::exp, inf), inf);
  EXPECT_EQ(at(Fn::exp, -inf), 0);
  EXPECT_EQ(at(Fn::expm1, inf), inf);
  EXPECT_EQ(at(Fn::expm1, -inf), -1);
  EXPECT_EQ(at(Fn::log, 0), -inf);
  EXPECT_EQ(at(Fn::log, -0.0F), -inf);
  EXPECT_EQ(at(Fn::log, 1), 0);
  EXPECT_EQ(at(Fn::log, inf), inf);
  EXPECT_TRUE(std::isnan(at(Fn::log, -1)) && std::isnan(at(Fn::log, -inf)));
  EXPECT_EQ(at(Fn::tanh, inf), 1);
  EXPECT_EQ(at(Fn::tanh, 9), 1);
  EXPECT_EQ(at(Fn::sigmoid, 0), 0.5F);
  EXPECT_EQ(at(Fn::sigmoid, inf), 1);
  EXPECT_EQ(at(Fn::sigmoid, -inf), 0);
  EXPECT_EQ(at(Fn::sin, 0), 0);
  EXPECT_EQ(at(Fn::cos, 0), 1);
  EXPECT_TRUE(std::isnan(at(Fn::sin, inf)) && std::isnan(at(Fn::cos, -inf)));
  EXPECT_EQ(at(Fn::sign, 0), 0);
  for (const Accuracy& accuracy : accuracies())
    EXPECT_TRUE(std::isnan(at(accuracy.fn, nan))) << name_of(accuracy.fn);
}

TEST(Expansion, TanhAndSignAreOddAndBounded) {
  std::vector<float> arguments = sampled_floats(9973, INFINITY), negated;
  std::erase_if(arguments, [](float x) { return std::isnan(x); });
  for (float x : arguments) negated.push_back(-x);
  for (Fn fn : {Fn::tanh, Fn::sign}) {
    const std::vector<float> values = values_of(fn, arguments), mirrored = values_of(fn, negated);
    for (size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(std::bit_cast<uint32_t>(values[i]), std::bit_cast<uint32_t>(-mirrored[i])) << arguments[i];
      ASSERT_LE(std::fabs(values[i]), 1) << arguments[i];
    }
  }
}

TEST(Expansion, LeakyReluScalesWhatIsNotPositive) {
  const Elements<float> x{f32({6}), {2, -2, 0, -0.0F, INFINITY, NAN}, {}},
      slope{f32({6}), std::vector<float>(6, 0.2F), {}};
  const std::vector<float> y = map_elements<float>(Fn::leaky_relu, {&x, &slope}).reals;
  EXPECT_EQ(std::vector<float>(y.begin(), y.begin() + 5), (std::vector<float>{2, 0.2F * -2, 0, 0, INFINITY}));
  EXPECT_TRUE(std::signbit(y[3]));
  EXPECT_TRUE(std::isnan(y[5]));
}

TEST(Expansion, EveryOneIsTested) {
  for (Fn fn : all_fns()) {
    const bool tested =
        std::any_of(accuracies().begin(), accuracies().end(), [fn](const Accuracy& a) { return a.fn == fn; });
    EXPECT_EQ(expansion_of(fn) != nullptr, tested || fn == Fn::leaky_relu) << name_of(fn);
  }
}

}  // namespace
}  // namespace cgan_jit
