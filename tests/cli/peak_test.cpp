#include "cli/peak.h"

#include <gtest/gtest.h>

namespace cgan_jit::cli {
namespace {

const Peaks known = {100, {{"L2", 1000, 50}, {"L3", 10000, 25}, {"memory", 0, 10}}};

// Law: what fits a level moves as fast as that level does; what does not lies further out for the rest.
TEST(Peaks, AreThoseOfTheLevelsThatHoldTheData) {
  EXPECT_DOUBLE_EQ(known.seconds_to_move(1, 1000), 1.0 / 50);
  EXPECT_DOUBLE_EQ(known.seconds_to_move(1, 2000), 0.5 / 50 + 0.5 / 25);
  EXPECT_DOUBLE_EQ(known.seconds_to_move(1, 22000), (1.0 / 50 + 10.0 / 25 + 11.0 / 10) / 22);
  EXPECT_EQ(known.seconds_to_move(1, 0), 0);
  EXPECT_EQ(known.furthest(1000), "L2");
  EXPECT_EQ(known.furthest(11000), "L3");
  EXPECT_EQ(known.furthest(11001), "memory");
}

TEST(Peaks, MoreDataTakeLonger) {
  double before = 0;
  for (double footprint = 1; footprint < 1e9; footprint *= 1.5) {
    const double now = known.seconds_to_move(1, footprint);
    EXPECT_GE(now, before);
    EXPECT_LT(now, 1.0 / 10);
    before = now;
  }
}

}  // namespace
}  // namespace cgan_jit::cli
