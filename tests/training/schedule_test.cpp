#include "training/schedule.h"

#include <gtest/gtest.h>

#include <vector>

#include "ir/error.h"

namespace cgan_jit::training {
namespace {

// Law: the batches of an epoch lie one behind the other and hold every row once, but for those that are left
// out, which are fewer than a batch.
TEST(Schedule, AnEpochsBatchesHoldItsRowsOnce) {
  for (const Rest rest : {Rest::shorter_batch, Rest::left_out}) {
    for (int64_t count = 1; count < 40; ++count) {
      for (int64_t batch_size = 1; batch_size <= (rest == Rest::left_out ? count : 45); ++batch_size) {
        const Schedule schedule{count, batch_size, rest};
        for (int64_t epoch = 1, step = 1, row = 0; epoch <= 3; ++epoch, row = 0) {
          for (int64_t batch = 1; batch <= schedule.batches(); ++batch, ++step) {
            const Place place = schedule.place(step);
            EXPECT_EQ(place.epoch, epoch);
            EXPECT_EQ(schedule.epoch(step), epoch);
            EXPECT_EQ(place.batch, batch);
            EXPECT_EQ(place.first_row, row);
            EXPECT_TRUE(place.rows == batch_size || place.rows == schedule.shorter_batch());
            row += place.rows;
          }
          EXPECT_EQ(row, rest == Rest::left_out ? count - count % batch_size : count);
        }
      }
    }
  }
}

TEST(Schedule, SaysWhereEpochsEnd) {
  const Schedule schedule{10, 4};
  const std::vector<bool> ends = {false, false, true, false, false, true, false};
  for (int64_t first = 1; first <= 7; ++first) {
    bool any = false;
    for (int64_t last = first; last <= 7; ++last) {
      any = any || ends[static_cast<size_t>(last - 1)];
      EXPECT_EQ(schedule.ends_epoch(first, last), any) << first << " .. " << last;
    }
  }
  EXPECT_EQ(schedule.epoch(0), 0);
}

TEST(Schedule, StepsComeBeforeEpochsAndCanBeCounted) {
  const Schedule schedule{10, 4};
  EXPECT_EQ(last_step_of(schedule, 5, 0), 15);
  EXPECT_EQ(last_step_of(schedule, 5, 7), 7);
  EXPECT_EQ(last_step_of(schedule, 333333333, 0), 999999999);
  EXPECT_THROW(last_step_of(schedule, 333333334, 0), Error);
  EXPECT_THROW(last_step_of(schedule, 1, most_steps + 1), Error);
}

}  // namespace
}  // namespace cgan_jit::training
