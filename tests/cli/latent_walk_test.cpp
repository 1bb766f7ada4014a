#include "cli/latent_walk.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "ir/error.h"

namespace cgan_jit::cli {
namespace {

std::vector<float> normal(uint32_t seed, size_t count) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> one;
  std::vector<float> values(count);
  for (float& value : values) value = one(engine);
  return values;
}

double length(const std::vector<float>& v) {
  return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
}

TEST(LatentWalk, EndsAreTheTwoNoisesToTheBit) {
  const std::vector<float> from = normal(1, 300), to = normal(2, 300);
  EXPECT_EQ(spherical(from, to, 100, 0), from);
  EXPECT_EQ(spherical(from, to, 100, 1), to);
}

TEST(LatentWalk, OnACircleEqualStepsAreEqualAngles) {
  const std::vector<float> from{2, 0}, to{0, 2};
  for (int i = 0; i <= 8; ++i) {
    const std::vector<float> at = spherical(from, to, 2, i / 8.0);
    EXPECT_NEAR(length(at), 2, 1e-6);
    EXPECT_NEAR(std::atan2(at[1], at[0]), i / 8.0 * std::acos(0.0), 1e-6);
  }
}

// A straight line's middle is about 0.71 as long as its ends.
TEST(LatentWalk, StaysAsLongAsNormalNoiseIs) {
  const std::vector<float> from = normal(3, 1000), to = normal(4, 1000);
  const double shorter = std::min(length(from), length(to)), longer = std::max(length(from), length(to));
  for (double t : {0.1, 0.25, 0.5, 0.75, 0.9}) {
    const double between = length(spherical(from, to, 1000, t));
    EXPECT_GT(between, 0.97 * shorter);
    EXPECT_LT(between, 1.03 * longer);
  }
}

TEST(LatentWalk, EachPictureHasAWayOfItsOwn) {
  const std::vector<float> from = normal(5, 20), to = normal(6, 20);
  std::vector<float> one_by_one;
  for (size_t i = 0; i < 20; i += 10) {
    const std::vector<float> part =
        spherical(std::span(from).subspan(i, 10), std::span(to).subspan(i, 10), 10, 0.3);
    one_by_one.insert(one_by_one.end(), part.begin(), part.end());
  }
  EXPECT_EQ(spherical(from, to, 10, 0.3), one_by_one);
}

TEST(LatentWalk, ParallelAndEmptyVectorsAreNoTrap) {
  const std::vector<float> from{1, -3, 0, 2}, to{2, 3, 5, 2};  // pictures of one number each
  EXPECT_EQ(spherical(from, to, 1, 0.5), (std::vector<float>{1.5f, 0, 2.5f, 2}));
  EXPECT_EQ(spherical(from, from, 4, 0.3), from);
}

TEST(LatentWalk, WrongSizesAreRefused) {
  EXPECT_THROW(spherical(std::vector<float>(4), std::vector<float>(6), 2, 0.5), Error);
  EXPECT_THROW(spherical(std::vector<float>(5), std::vector<float>(5), 2, 0.5), Error);
}

}  // namespace
}  // namespace cgan_jit::cli
