#include "cli/score_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

namespace cgan_jit::cli {
namespace {

/// [count][width], normal, moved and stretched.
std::vector<float> cloud(uint32_t seed, int64_t count, int64_t width, float stretch = 1, float move = 0) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<size_t>(count * width));
  for (float& value : values) value = move + stretch * normal(engine);
  return values;
}

TEST(Frechet, OfStretchedAndMovedAxes) {
  const std::vector<float> a = {1, 0, -1, 0, 0, 1, 0, -1};  // covariance 2/3 on both axes
  std::vector<float> b;
  for (size_t i = 0; i < a.size(); i += 2) b.insert(b.end(), {2 * a[i] + 3, 2 * a[i + 1] + 4});  // 8/3
  EXPECT_NEAR(frechet_distance({a, 2}, {b, 2}), 25 + 4.0 / 3, 1e-12);
  EXPECT_NEAR(frechet_distance({b, 2}, {a, 2}), 25 + 4.0 / 3, 1e-12);
}

TEST(Frechet, IsNothingFromASetToItself) {
  const std::vector<float> a = cloud(1, 200, 64);
  EXPECT_NEAR(frechet_distance({a, 64}, {a, 64}), 0, 1e-9);
}

TEST(Frechet, BearsFeaturesThatNeverChange) {
  std::vector<float> a = cloud(1, 100, 3), b = a;
  for (size_t i = 0; i < a.size(); i += 3) a[i] = 1, b[i] = 3;
  EXPECT_NEAR(frechet_distance({a, 3}, {b, 3}), 4, 1e-9);
}

/// xx, xy, yy.
std::array<double, 3> covariance(const std::vector<float>& points) {
  const double count = static_cast<double>(points.size() / 2);
  double x = 0, y = 0;
  for (size_t i = 0; i < points.size(); i += 2) x += points[i] / count, y += points[i + 1] / count;
  std::array<double, 3> sums{};
  for (size_t i = 0; i < points.size(); i += 2) {
    const double dx = points[i] - x, dy = points[i + 1] - y;
    sums[0] += dx * dx / (count - 1);
    sums[1] += dx * dy / (count - 1);
    sums[2] += dy * dy / (count - 1);
  }
  return sums;
}

// Of two by two, the root of a matrix with the eigenvalues p and q has the trace sqrt(p + q + 2 sqrt(p q)).
TEST(Frechet, OfCovariancesThatDoNotCommute) {
  std::vector<float> a = cloud(1, 300, 2), b = a;
  for (size_t i = 0; i < a.size(); i += 2) a[i] *= 5, b[i + 1] += 2 * b[i];
  const auto c = covariance(a), d = covariance(b);
  const double trace = c[0] * d[0] + 2 * c[1] * d[1] + c[2] * d[2];
  const double determinant = (c[0] * c[2] - c[1] * c[1]) * (d[0] * d[2] - d[1] * d[1]);
  double apart = c[0] + c[2] + d[0] + d[2] - 2 * std::sqrt(trace + 2 * std::sqrt(determinant));
  for (size_t axis = 0; axis < 2; ++axis) {
    double between = 0;
    for (size_t i = axis; i < a.size(); i += 2)
      between += (a[i] - b[i]) / (static_cast<double>(a.size()) / 2);
    apart += between * between;
  }
  EXPECT_NEAR(frechet_distance({a, 2}, {b, 2}), apart, 1e-9 * apart);
}

TEST(Frechet, RefusesWhatHasNoCovariance) {
  const std::vector<float> a = {1, 2}, b = {1, 2, 3, 4};
  EXPECT_THROW(frechet_distance({a, 2}, {b, 2}), Error);
  EXPECT_THROW(frechet_distance({b, 1}, {b, 2}), Error);
}

double squared_distance(const Points& a, int64_t i, const Points& b, int64_t j) {
  double sum = 0;
  for (int64_t f = 0; f < a.width; ++f)
    sum += std::pow(a.values[i * a.width + f] - b.values[j * a.width + f], 2);
  return sum;
}

/// As the definition reads.
double share_inside(const Points& points, const Points& cloud) {
  int64_t inside = 0;
  for (int64_t i = 0; i < points.count(); ++i) {
    bool found = false;
    for (int64_t j = 0; j < cloud.count(); ++j) {
      std::vector<double> distances;
      for (int64_t other = 0; other < cloud.count(); ++other)
        distances.push_back(squared_distance(cloud, j, cloud, other));
      std::sort(distances.begin(), distances.end());  // the first is the point itself
      found |= squared_distance(points, i, cloud, j) <= distances[neighbours];
    }
    inside += found;
  }
  return static_cast<double>(inside) / static_cast<double>(points.count());
}

TEST(PrecisionRecall, IsWhatTheDefinitionSaysAtAnyNumberOfThreads) {
  for (int64_t width : {1, 5, 16}) {
    const std::vector<float> made = cloud(1, 71, width, 0.7f, 0.4f), real = cloud(2, 50, width);
    const Points a{made, width}, b{real, width};
    for (int threads : {1, 2, 7, 100}) {
      const PrecisionRecall found = precision_recall(a, b, threads);
      EXPECT_EQ(found.precision, share_inside(a, b));
      EXPECT_EQ(found.recall, share_inside(b, a));
    }
  }
}

TEST(PrecisionRecall, KnowsTheExtremes) {
  const std::vector<float> real = cloud(1, 64, 4), far = cloud(2, 64, 4, 1, 1000);
  const PrecisionRecall same = precision_recall({real, 4}, {real, 4}, 2),
                        other = precision_recall({far, 4}, {real, 4}, 2);
  EXPECT_EQ(same.precision, 1);
  EXPECT_EQ(same.recall, 1);
  EXPECT_EQ(other.precision, 0);
  EXPECT_EQ(other.recall, 0);
}

TEST(PrecisionRecall, ACollapsedGeneratorHasQualityWithoutVariety) {
  const std::vector<float> real = cloud(1, 64, 4);
  std::vector<float> one;
  for (int i = 0; i < 64; ++i) one.insert(one.end(), real.begin(), real.begin() + 4);
  const PrecisionRecall collapsed = precision_recall({one, 4}, {real, 4}, 1);
  EXPECT_EQ(collapsed.precision, 1);
  EXPECT_EQ(collapsed.recall, 1.0 / 64);  // the one picture that it knows
}

TEST(PrecisionRecall, RefusesTooFewPoints) {
  const std::vector<float> few = {1, 2, 3}, enough = {1, 2, 3, 4};
  EXPECT_THROW(precision_recall({few, 1}, {enough, 1}, 1), Error);
  EXPECT_THROW(precision_recall({enough, 1}, {few, 1}, 1), Error);
  EXPECT_THROW(precision_recall({enough, 1}, {enough, 2}, 1), Error);
  EXPECT_NO_THROW(precision_recall({enough, 1}, {enough, 1}, 1));
}

TEST(Spread, IsTheMeanOfThePixelsDeviations) {
  // Class 0: one pixel from black to white, one constant. Class 2: one picture. Class 1: none.
  const std::vector<uint8_t> pictures = {0, 7, 255, 7, 9, 90}, labels = {0, 0, 2};
  EXPECT_EQ(spread_by_class(pictures, labels, 3), (std::vector<double>{0.5, 0, 0}));
}

TEST(Confusion, CountsAskedAgainstRecognised) {
  const std::vector<uint8_t> asked = {0, 0, 0, 1, 1}, recognised = {0, 1, 0, 1, 2};
  const Confusion confusion = confusion_of(asked, recognised, 3);
  EXPECT_EQ(confusion.counts, (std::vector<int64_t>{2, 1, 0, 0, 1, 1, 0, 0, 0}));
  EXPECT_EQ(confusion.recognised(), 3.0 / 5);
  EXPECT_EQ(confusion.recognised(0), 2.0 / 3);
  EXPECT_EQ(confusion.recognised(2), 0);
}

}  // namespace
}  // namespace cgan_jit::cli
