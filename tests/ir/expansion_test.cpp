#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>

#include "examples.h"
#include "ir/elementwise.h"
#include "tests/support/scalar_reference.h"

namespace cgan_jit {
namespace {

std::vector<float> values_of(Fn fn, std::vector<float> arguments) {
  const auto count = static_cast<int64_t>(arguments.size());
  const Elements<float> in{f32({count}), std::move(arguments), {}};
  return map_elements<float>(fn, {&in}).reals;
}

WorstError worst_error(const ScalarReference& reference, const std::vector<float>& arguments) {
  const std::vector<float> values = values_of(reference.fn, arguments);
  WorstError worst;
  for (size_t i = 0; i < values.size(); ++i) worst.take(reference, arguments[i], values[i]);
  return worst;
}

/// Floats of every sign and exponent: one in `step`, in the order of their bits.
std::vector<float> sampled_floats(uint64_t step) {
  std::vector<float> floats;
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += step)
    floats.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  return floats;
}

/// 400 floats around each of the points, with both signs.
std::vector<float> neighbours_of(const std::vector<float>& points) {
  std::vector<float> floats;
  for (float point : points) {
    for (int offset = -200; offset <= 200; ++offset) {
      const auto bits = static_cast<int64_t>(std::bit_cast<uint32_t>(point)) + offset;
      if (bits < 0) continue;
      floats.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
      floats.push_back(-floats.back());
    }
  }
  return floats;
}

/// Where the shape of a function is in the detail.
std::vector<float> special_points() {
  std::vector<float> points = {
      0.0F, 1e-40F,  1.17549435e-38F, 0.1251F,   0.3465736F, 0.4142135F, 0.549F,     0.6931472F, 0.7071068F,
      1.0F, 1.0397F, 1.4142135F,      1.5F,      2.5F,       1.5707963F, 3.1415927F, 6.2831855F, 8.66F,
      9.0F, 18.0F,   87.33654F,       88.72284F, 103.9721F,  104.0F,     100000.0F,  8388608.0F, INFINITY};
  // Of all floats the nearest to a multiple of pi / 2 lies 1.6e-9 away from it.
  points.push_back(std::ldexp(16367173.0F, 72));
  for (int exponent = 1; exponent < 128; ++exponent) points.push_back(std::ldexp(1.0F, exponent));
  return points;
}

TEST(Expansion, StaysWithinItsStatedErrorAndRange) {
  for (const ScalarReference& reference : scalar_references()) {
    const WorstError worst = worst_error(reference, sampled_floats(32771));
    EXPECT_LE(worst.ulp, reference.ulp) << name_of(reference.fn) << " at " << worst.at;
    EXPECT_LE(reference.ulp, 4);
  }
}

TEST(Expansion, StaysWithinItsStatedErrorAndRangeAtSpecialPoints) {
  const std::vector<float> arguments = neighbours_of(special_points());
  for (const ScalarReference& reference : scalar_references()) {
    const WorstError worst = worst_error(reference, arguments);
    EXPECT_LE(worst.ulp, reference.ulp) << name_of(reference.fn) << " at " << worst.at;
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
  EXPECT_EQ(at(Fn::log1p, -1), -inf);
  EXPECT_EQ(at(Fn::log1p, inf), inf);
  EXPECT_TRUE(std::isnan(at(Fn::log1p, -1.0000001F)) && std::isnan(at(Fn::log1p, -inf)));
  EXPECT_EQ(at(Fn::log1p, 2.0611537e-09F), 2.0611537e-09F);
  EXPECT_EQ(at(Fn::tanh, -inf), -1);
  EXPECT_TRUE(std::isnan(at(Fn::sqrt, -1)));
  // One of the largest angles, which no short reduction gets right.
  EXPECT_FLOAT_EQ(at(Fn::sin, 1e9F), 0.54584344944869956F);
  EXPECT_FLOAT_EQ(at(Fn::sin, 1e15F), static_cast<float>(std::sin(static_cast<double>(1e15F))));
  for (Fn fn : {Fn::neg, Fn::expm1, Fn::log1p, Fn::tanh, Fn::sin, Fn::erf, Fn::sqrt, Fn::round, Fn::floor,
                Fn::sign}) {
    const bool minus = fn != Fn::neg;
    EXPECT_TRUE(at(fn, -0.0F) == 0 && std::signbit(at(fn, -0.0F)) == minus) << name_of(fn);
    EXPECT_TRUE(at(fn, 0.0F) == 0 && std::signbit(at(fn, 0.0F)) != minus) << name_of(fn);
  }
  for (const ScalarReference& reference : scalar_references())
    EXPECT_TRUE(std::isnan(at(reference.fn, nan))) << name_of(reference.fn);
}

TEST(Expansion, OfAnOddFunctionIsOdd) {
  const std::vector<float> arguments = sampled_floats(65537);
  std::vector<float> negated;
  for (float x : arguments) negated.push_back(-x);
  for (Fn fn : {Fn::tanh, Fn::sign, Fn::sin, Fn::erf}) {
    const std::vector<float> values = values_of(fn, arguments), mirrored = values_of(fn, negated);
    for (size_t i = 0; i < values.size(); ++i) {
      if (std::isnan(values[i])) continue;
      ASSERT_EQ(std::bit_cast<uint32_t>(values[i]), std::bit_cast<uint32_t>(-mirrored[i])) << arguments[i];
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

/// Bases and exponents of every sign and size, and pairs whose power is a number that floats have.
std::vector<std::pair<float, float>> sampled_pairs() {
  std::mt19937_64 random(1);
  const auto any = [&] { return std::bit_cast<float>(static_cast<uint32_t>(random())); };
  const auto uniform = [&](double low, double high) {
    return static_cast<float>(low + (high - low) * static_cast<double>(random() >> 11) * 0x1p-53);
  };
  std::vector<std::pair<float, float>> pairs;
  for (int i = 0; i < 20000; ++i) {
    pairs.emplace_back(any(), any());
    pairs.emplace_back(any(), std::round(uniform(-9, 9)));
    const float base = std::fabs(any());
    pairs.emplace_back(base, static_cast<float>(uniform(-104, 89) / std::log(base)));
    pairs.emplace_back(uniform(0.5, 2), uniform(-150, 130));
    pairs.emplace_back(1 + uniform(-1e-4, 1e-4), uniform(-9e5, 9e5));
  }
  const std::vector<float> specials = {0,      -0.0F, 1,     -1,       0.5F,      -0.5F,    2,
                                       -2,     3,     -3,    1e30F,    1e9F,      16777215, -16777215,
                                       1e-40F, 1.5F,  -1.5F, INFINITY, -INFINITY, NAN};
  for (float x : specials) {
    for (float y : specials) pairs.emplace_back(x, y);
  }
  return pairs;
}

TEST(Expansion, OfPowStaysWithinItsStatedError) {
  const auto pairs = sampled_pairs();
  const auto count = static_cast<int64_t>(pairs.size());
  Elements<float> x{f32({count}), {}, {}}, y = x;
  for (const auto& [base, exponent] : pairs) x.reals.push_back(base), y.reals.push_back(exponent);
  const std::vector<float> powers = map_elements<float>(Fn::pow, {&x, &y}).reals;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const double exact = std::pow(static_cast<double>(x.reals[i]), static_cast<double>(y.reals[i]));
    const bool nearest =
        std::bit_cast<uint32_t>(powers[i]) == std::bit_cast<uint32_t>(static_cast<float>(exact));
    ASSERT_TRUE(nearest || ulps(powers[i], exact) <= 2)
        << x.reals[i] << "^" << y.reals[i] << " = " << powers[i] << ", " << ulps(powers[i], exact);
  }
}

TEST(Expansion, EveryFunctionOfOneRealIsTested) {
  for (Fn fn : all_fns()) {
    const bool tested = std::ranges::any_of(scalar_references(), [fn](const auto& r) { return r.fn == fn; });
    const bool of_one_real = arity_of(fn) == 1 && signature_of(fn) <= Signature::real;
    EXPECT_EQ(of_one_real, tested) << name_of(fn);
    EXPECT_TRUE(!expansion_of(fn) || tested || fn == Fn::leaky_relu || fn == Fn::pow) << name_of(fn);
  }
}

}  // namespace
}  // namespace cgan_jit
