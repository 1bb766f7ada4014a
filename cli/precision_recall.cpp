#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <limits>
#include <thread>

#include "cli/score_metrics.h"

// The hot loop is compiled for AVX2, too, and the machine picks; the sums are the same either way.
// (Not under the thread sanitizer: whoever picks would run before it is there.)
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_THREAD__)
#define CGAN_JIT_FOR_EACH_MACHINE __attribute__((target_clones("avx2", "default")))
#else
#define CGAN_JIT_FOR_EACH_MACHINE
#endif

namespace cgan_jit::cli {
namespace {

constexpr int lanes = 8, vectors = 4, at_once = lanes * vectors;
using Lanes = float __attribute__((vector_size(lanes * sizeof(float))));
using Distances = std::array<float, at_once>;

/// [count][width] -> [count / 32][width][32], so that distances to 32 points are sums of vectors; the last
/// block is filled up with zeros.
std::vector<float> side_by_side(const Points& points) {
  const int64_t count = points.count(), width = points.width, blocks = (count + at_once - 1) / at_once;
  std::vector<float> packed(static_cast<size_t>(blocks * width * at_once));
  for (int64_t i = 0; i < count; ++i) {
    float* column = packed.data() + i / at_once * width * at_once + i % at_once;
    for (int64_t f = 0; f < width; ++f) column[f * at_once] = points.values[i * width + f];
  }
  return packed;
}

/// Squared distances from one point to 32, each summed in the order of the features.
CGAN_JIT_FOR_EACH_MACHINE void squared_distances(const float* point, const float* block, int64_t width,
                                                 Distances& distances) {
  Lanes sums[vectors] = {};
  for (int64_t f = 0; f < width; ++f, block += at_once) {
    for (int v = 0; v < vectors; ++v) {
      Lanes there;
      std::memcpy(&there, block + v * lanes, sizeof there);
      const Lanes apart = there - point[f];
      sums[v] += apart * apart;
    }
  }
  std::memcpy(distances.data(), sums, sizeof sums);
}

/// A set in both forms.
struct Cloud {
  explicit Cloud(const Points& given) : points(given), packed(side_by_side(given)) {}
  const float* point(int64_t i) const { return points.values.data() + i * points.width; }
  const float* block(int64_t first) const { return packed.data() + first * points.width; }

  Points points;
  std::vector<float> packed;
};

/// Calls visit(j, squared distance) for every point j of the cloud, in order.
template <typename Visit>
void for_each_distance(const float* from, const Cloud& cloud, const Visit& visit) {
  Distances distances;
  const int64_t count = cloud.points.count();
  for (int64_t first = 0; first < count; first += at_once) {
    squared_distances(from, cloud.block(first), cloud.points.width, distances);
    for (int64_t j = first; j < std::min(count, first + at_once); ++j) visit(j, distances[j - first]);
  }
}

/// visit(i) for 0 .. count - 1, shared out to threads.
void share_out(int64_t count, int threads, const std::function<void(int64_t)>& visit) {
  std::vector<std::jthread> team;
  for (int t = 0; t < threads; ++t) {
    team.emplace_back([=, &visit] {
      for (int64_t i = count * t / threads; i < count * (t + 1) / threads; ++i) visit(i);
    });
  }
}

/// The squared distance of each point to its k-th nearest neighbour in its own set.
std::vector<float> squared_radii(const Cloud& cloud, int threads) {
  std::vector<float> radii(static_cast<size_t>(cloud.points.count()));
  share_out(cloud.points.count(), threads, [&](int64_t i) {
    std::array<float, neighbours> nearest;  // increasing
    nearest.fill(std::numeric_limits<float>::infinity());
    for_each_distance(cloud.point(i), cloud, [&](int64_t j, float distance) {
      if (j == i || !(distance < nearest.back())) return;
      nearest.back() = distance;
      std::sort(nearest.begin(), nearest.end());
    });
    radii[i] = nearest.back();
  });
  return radii;
}

/// The share of `points` that lie in a ball around a point of `cloud`.
double share_inside(const Points& points, const Cloud& cloud, int threads) {
  const std::vector<float> radii = squared_radii(cloud, threads);
  std::vector<uint8_t> inside(static_cast<size_t>(points.count()));
  share_out(points.count(), threads, [&](int64_t i) {
    uint8_t found = 0;
    for_each_distance(points.values.data() + i * points.width, cloud,
                      [&](int64_t j, float distance) { found |= distance <= radii[j]; });
    inside[i] = found;
  });
  const auto count = std::count(inside.begin(), inside.end(), 1);
  return static_cast<double>(count) / static_cast<double>(points.count());
}

}  // namespace

PrecisionRecall precision_recall(const Points& generated, const Points& real, int threads) {
  if (generated.width != real.width)
    throw Error("precision and recall: {} features by {}", generated.width, real.width);
  if (std::min(generated.count(), real.count()) <= neighbours) {
    throw Error("precision and recall: of {} and {} points; each must have {} neighbours", generated.count(),
                real.count(), neighbours);
  }
  return {share_inside(generated, Cloud(real), threads), share_inside(real, Cloud(generated), threads)};
}

}  // namespace cgan_jit::cli
