#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ir/error.h"

namespace cgan_jit::cli {

// How good a set of pictures is, in numbers. All are pure functions: the same bits at any number of threads.

/// Points of a feature space, [count][width].
struct Points {
  std::span<const float> values;
  int64_t width = 0;
  int64_t count() const { return static_cast<int64_t>(values.size()) / width; }
};

/// How often each class was recognised as each, [asked][recognised].
struct Confusion {
  int64_t classes = 0;
  std::vector<int64_t> counts;

  int64_t at(int64_t asked, int64_t recognised) const { return counts[asked * classes + recognised]; }
  int64_t asked(int64_t label) const;
  /// The share that was recognised as what it should be: of one class (0 of a class that has no pictures),
  /// and of all.
  double recognised(int64_t label) const;
  double recognised() const;
};

/// One recognised label for each one asked for, all below `classes`.
Confusion confusion_of(std::span<const uint8_t> asked, std::span<const uint8_t> recognised, int64_t classes);

/// How much the pictures of one class differ: the standard deviation of each pixel over them, averaged over
/// the pixels, for values in [-1, 1]; a class without pictures has 0. `pictures` is [labels.size()][pixels],
/// bytes that stand for -1 .. 1.
std::vector<double> spread_by_class(std::span<const uint8_t> pictures, std::span<const uint8_t> labels,
                                    int64_t classes);

/// The Frechet distance of the Gaussians fitted to two sets (Dowson & Landau 1982; as the FID, Heusel et al.
/// 2017): |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), covariances unbiased. Throws Error when the widths
/// differ or a set has less than two points.
double frechet_distance(const Points& a, const Points& b);

/// Improved precision and recall (Kynkaanniemi et al. 2019). A set's manifold is the union of balls around
/// its points, each as far as the point's k-th nearest neighbour.
struct PrecisionRecall {
  double precision = 0;  // share of the generated points that lie in the real ones' manifold: quality
  double recall = 0;     // share of the real points that lie in the generated ones' manifold: variety
};
constexpr int neighbours = 3;  // k
/// Throws Error when the widths differ or a set has no more than k points.
PrecisionRecall precision_recall(const Points& generated, const Points& real, int threads);

}  // namespace cgan_jit::cli
