#include "runtime/team.h"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>
#include <vector>

namespace cgan_jit {
namespace {

class TeamTest : public testing::TestWithParam<int> {};

TEST_P(TeamTest, EveryThreadWorksOncePerRun) {
  Team team(GetParam());
  EXPECT_EQ(team.size(), GetParam());
  std::vector<int> runs(static_cast<size_t>(team.size()), 0);
  for (int round = 1; round <= 100; ++round) {
    team.run([&](int thread) { ++runs[static_cast<size_t>(thread)]; });
    EXPECT_EQ(runs, std::vector<int>(static_cast<size_t>(team.size()), round));
  }
}

// Law: what anybody wrote before a barrier, everybody sees after it; nobody passes early. Each round reads
// all of the last round's values.
TEST_P(TeamTest, BarrierSeparatesRounds) {
  Team team(GetParam());
  const auto size = static_cast<size_t>(team.size());
  constexpr int64_t rounds = 200;
  std::vector<int64_t> values(size, 1), wrong(size, 0);
  team.run([&](int thread) {
    for (int64_t round = 1; round <= rounds; ++round) {
      const int64_t sum = std::accumulate(values.begin(), values.end(), int64_t{0});
      wrong[static_cast<size_t>(thread)] += sum != round * static_cast<int64_t>(size);
      team.barrier();
      values[static_cast<size_t>(thread)] = round + 1;
      team.barrier();
    }
  });
  EXPECT_EQ(wrong, std::vector<int64_t>(size, 0));
  EXPECT_EQ(values, std::vector<int64_t>(size, rounds + 1));
}

// Law: a team that has gone to sleep wakes up.
TEST_P(TeamTest, WakesAfterRest) {
  Team team(GetParam());
  std::atomic<int> count{0};
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    team.run([&](int) { ++count; });
  }
  EXPECT_EQ(count, 3 * team.size());
}

TEST_P(TeamTest, StartsAndEndsWithoutWork) {
  for (int i = 0; i < 20; ++i) Team team(GetParam());
}

// Law: two teams do not disturb each other.
TEST_P(TeamTest, TwoTeamsTakeTurns) {
  Team first(GetParam()), second(2);
  std::atomic<int> count{0};
  for (int i = 0; i < 50; ++i) {
    first.run([&](int) { ++count; });
    second.run([&](int) { ++count; });
  }
  EXPECT_EQ(count, 50 * (GetParam() + 2));
}

// Law: two teams of two host threads work at once, more threads than there are cores among them, too: whoever
// waits at a barrier leaves its core to those that it waits for.
TEST_P(TeamTest, TwoTeamsWorkAtOnce) {
  constexpr int runs = 50, barriers = 4;
  const auto rounds_of = [](int size) {
    Team team(size);
    std::atomic<int> rounds{0};
    for (int i = 0; i < runs; ++i)
      team.run([&](int) {
        for (int k = 0; k < barriers; ++k) {
          ++rounds;
          team.barrier();
        }
      });
    return rounds.load();
  };
  int other = 0;
  std::thread host([&] { other = rounds_of(3); });
  EXPECT_EQ(rounds_of(GetParam()), runs * barriers * GetParam());
  host.join();
  EXPECT_EQ(other, runs * barriers * 3);
}

INSTANTIATE_TEST_SUITE_P(Sizes, TeamTest, testing::Values(1, 2, 3, 4, 7));

}  // namespace
}  // namespace cgan_jit
