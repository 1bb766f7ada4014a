#include "passes/memory/occupancy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace cgan_jit {
namespace {

struct Taken {
  LiveRange alive;
  int64_t begin, end;
};

/// Compared with everything that is taken.
int64_t lowest_fit(const std::vector<Taken>& all, const LiveRange& alive, int64_t bytes) {
  std::vector<int64_t> places{0};
  for (const Taken& taken : all) places.push_back(taken.end);
  std::sort(places.begin(), places.end());
  return *std::find_if(places.begin(), places.end(), [&](int64_t place) {
    return std::none_of(all.begin(), all.end(), [&](const Taken& taken) {
      return taken.alive.first <= alive.last && alive.first <= taken.alive.last &&
             taken.begin < place + bytes && place < taken.end;
    });
  });
}

TEST(Occupancy, FitsAsLowAsAComparisonOfAllWithAll) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    std::mt19937_64 random(seed);
    const int phases = 1 + static_cast<int>(random() % 50);
    const int most_sizes = seed % 2 == 0 ? 3 : 100;
    Occupancy occupancy(phases);
    std::vector<Taken> all;
    for (int i = 0; i < 120; ++i) {
      const int first = static_cast<int>(random() % phases);
      const int length = static_cast<int>(random() % (i % 3 == 0 ? phases : 4));
      const LiveRange alive{first, std::min(first + length, phases - 1)};
      const int64_t bytes = 64 * (1 + static_cast<int64_t>(random() % most_sizes));
      const int64_t expected = lowest_fit(all, alive, bytes);
      ASSERT_EQ(occupancy.first_fit(alive, bytes), expected) << seed << " the " << i << "th";
      occupancy.take(alive, expected, bytes);
      all.push_back({alive, expected, expected + bytes});
    }
  }
}

TEST(ByteRanges, ThoseThatTouchAreOne) {
  ByteRanges ranges;
  ranges.add(64, 128);
  ranges.add(256, 320);
  EXPECT_EQ(ranges.next_gap(0, 64), 0);
  EXPECT_EQ(ranges.next_gap(0, 65), 128);
  EXPECT_EQ(ranges.next_gap(128, 128), 128);
  ranges.add(128, 256);
  EXPECT_EQ(ranges.next_gap(64, 1), 320);
  ranges.add(0, 512);
  EXPECT_EQ(ranges.next_gap(100, 1), 512);
}

}  // namespace
}  // namespace cgan_jit
