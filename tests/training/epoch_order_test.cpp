#include "training/epoch_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace cgan_jit::training {
namespace {

TEST(EpochOrder, IsAPermutation) {
  for (int64_t count : {0, 1, 2, 3, 4, 5, 1000}) {
    std::vector<int32_t> order = epoch_order(7, 3, count), all(static_cast<size_t>(count));
    std::iota(all.begin(), all.end(), 0);
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, all);
  }
}

TEST(EpochOrder, IsAFunctionOfSeedAndEpoch) {
  EXPECT_EQ(epoch_order(7, 3, 100), epoch_order(7, 3, 100));
  EXPECT_NE(epoch_order(7, 3, 100), epoch_order(7, 4, 100));
  EXPECT_NE(epoch_order(7, 3, 100), epoch_order(8, 3, 100));
}

// 24 orders of 4 rows, 2400 epochs: each is expected 100 times, with a standard deviation of 9.8.
TEST(EpochOrder, MakesEveryOrderEquallyOften) {
  std::map<std::vector<int32_t>, int> times;
  for (int64_t epoch = 1; epoch <= 2400; ++epoch) ++times[epoch_order(1, epoch, 4)];
  EXPECT_EQ(times.size(), 24u);
  for (const auto& [order, count] : times) EXPECT_NEAR(count, 100, 50);
}

}  // namespace
}  // namespace cgan_jit::training
