#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ir/philox.h"
#include "tests/frontend/evaluate.h"

namespace cgan_jit {
namespace {

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (double value : values) sum += (value - mean) * (value - mean);
  return sum / static_cast<double>(values.size());
}

constexpr int64_t count = 40000;

TEST(Random, UniformIsTheUpperBitsOfPhilox) {
  Builder builder;
  builder.random_words({1});
  const auto u = evaluate(builder, random_uniform(builder, {8}), {{"step", integers(DType::u32, {}, {5})}});
  for (uint32_t e = 0; e < 8; ++e) {
    const uint32_t word = philox({e / 4, 1, 5, 0}, {7, 0})[e % 4];
    EXPECT_EQ(u.reals[e], (word >> 8) / 16777216.0);
  }
}

// Of `count` numbers the mean is off by more than 5 standard errors with a probability below 1e-6.
TEST(Random, NormalHasMeanZeroAndVarianceOne) {
  Builder builder;
  const std::vector<double> z = evaluate(builder, random_normal(builder, {count})).reals;
  EXPECT_NEAR(mean_of(z), 0, 5 / std::sqrt(count));
  EXPECT_NEAR(variance_of(z), 1, 5 * std::sqrt(2.0 / count));
}

TEST(Random, IntegersAreUniform) {
  Builder builder;
  const std::vector<int64_t> drawn = evaluate(builder, random_integers(builder, 100, {count})).ints;
  std::vector<int> times(100);
  for (int64_t value : drawn) ++times.at(value);
  for (int n : times) EXPECT_NEAR(n, count / 100.0, 5 * std::sqrt(count / 100.0));
}

TEST(Random, EachCallHasAStreamOfItsOwn) {
  Builder builder;
  const Tensor first = random_uniform(builder, {4}), second = random_uniform(builder, {4});
  EXPECT_NE(evaluate(builder, first), evaluate(builder, second));
}

TEST(Random, DropoutKeepsTheMean) {
  Builder builder;
  const Tensor ones = builder.constant(1, DType::f32, {count});
  const std::vector<double> y = evaluate(builder, dropout(ones, 0.4f)).reals;
  const auto zeros = std::ranges::count(y, 0.0);
  EXPECT_NEAR(static_cast<double>(zeros) / count, 0.4, 5 * std::sqrt(0.4 * 0.6 / count));
  for (double value : y) EXPECT_TRUE(value == 0 || std::abs(value - 1 / 0.6) < 1e-6);
}

TEST(Random, DropoutKeepsWhereUniformIsBelow) {
  Builder dropped, uniform;
  const auto y = evaluate(dropped, dropout(dropped.constant(1, DType::f32, {1000}), 0.7f)).reals;
  const auto u = evaluate(uniform, random_uniform(uniform, {1000})).reals;
  for (size_t i = 0; i < y.size(); ++i) EXPECT_EQ(y[i] != 0, u[i] < 1 - 0.7f) << i;
}

TEST(Random, DropoutDoesNothingInEvaluation) {
  Builder builder(Mode::eval);
  const Tensor x = builder.input("x", DType::f32, {4});
  EXPECT_EQ(dropout(x, 0.4f).value, x.value);
}

}  // namespace
}  // namespace cgan_jit
