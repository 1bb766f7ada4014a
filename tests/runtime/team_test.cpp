#include "runtime/team.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/runtime/jobs.h"

namespace cgan_jit {
namespace {

class TeamTest : public testing::TestWithParam<int> {};

TEST_P(TeamTest, EveryThreadWorksOncePerRun) {
  Team team(GetParam());
  EXPECT_EQ(team.size(), GetParam());
  std::vector<int> runs(static_cast<size_t>(team.size()), 0);
  for (int round = 1; round <= 100; ++round) {
    on_each_thread(team, [&](int thread) { ++runs[static_cast<size_t>(thread)]; });
    EXPECT_EQ(runs, std::vector<int>(static_cast<size_t>(team.size()), round));
  }
}

/// Stages by turns: all read what all wrote, then each writes its own.
class Rounds : public Job {
 public:
  Rounds(int owners, int64_t rounds)
      : values(static_cast<size_t>(owners), 1), wrong(values.size(), 0), rounds_(rounds) {}
  size_t stages() const override { return static_cast<size_t>(2 * rounds_); }
  uint32_t pieces(size_t, int) const override { return 1; }
  void run(size_t stage, int owner, uint32_t, int) override {
    const auto round = static_cast<int64_t>(stage / 2) + 1, owners = static_cast<int64_t>(values.size());
    if (stage % 2 == 1) {
      values[static_cast<size_t>(owner)] = round + 1;
    } else if (std::accumulate(values.begin(), values.end(), int64_t{0}) != round * owners) {
      ++wrong[static_cast<size_t>(owner)];
    }
  }
  std::vector<int64_t> values, wrong;

 private:
  const int64_t rounds_;
};

// Law: what anybody wrote in a stage, everybody sees in the next; no piece is early.
TEST_P(TeamTest, StagesFollowEachOther) {
  Team team(GetParam());
  for (int job = 0; job < 20; ++job) {
    Rounds rounds(team.size(), 200);
    team.run(rounds);
    EXPECT_EQ(rounds.wrong, std::vector<int64_t>(rounds.wrong.size(), 0));
    EXPECT_EQ(rounds.values, std::vector<int64_t>(rounds.values.size(), 201));
  }
}

/// As many pieces as chance wills, none in some stages or for some owners; each is counted.
class Counted : public Job {
 public:
  Counted(int owners, uint32_t seed) {
    uint32_t state = seed;
    const auto chance = [&](uint32_t below) {
      state = state * 1664525 + 1013904223;
      return (state >> 16) % below;
    };
    for (uint32_t stage = 0, stages = chance(8); stage < stages; ++stage) {
      done.emplace_back(static_cast<size_t>(owners));
      for (auto& owner : done.back()) owner = std::vector<int>(chance(3) == 0 ? 0 : chance(40), 0);
    }
  }
  size_t stages() const override { return done.size(); }
  uint32_t pieces(size_t stage, int owner) const override {
    return static_cast<uint32_t>(done[stage][static_cast<size_t>(owner)].size());
  }
  void run(size_t stage, int owner, uint32_t piece, int) override {
    ++done[stage][static_cast<size_t>(owner)][piece];
  }
  std::vector<std::vector<std::vector<int>>> done;  // how often, by stage, owner and piece
};

TEST_P(TeamTest, EveryPieceIsDoneOnce) {
  Team team(GetParam());
  for (uint32_t seed = 0; seed < 300; ++seed) {
    Counted job(team.size(), seed);
    team.run(job);
    for (const auto& stage : job.done) {
      for (const auto& owner : stage) ASSERT_EQ(owner, std::vector<int>(owner.size(), 1)) << "seed " << seed;
    }
  }
}

/// Ten pieces an owner; the first of owner 0 does not end before all others have.
class HeldUp : public Job {
 public:
  explicit HeldUp(int owners) : left_(owners * 10 - 1) {}
  size_t stages() const override { return 1; }
  uint32_t pieces(size_t, int) const override { return 10; }
  void run(size_t, int owner, uint32_t piece, int) override {
    if (owner != 0 || piece != 0) {
      --left_;
      return;
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (left_ > 0) {
      std::this_thread::yield();
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("nobody does the others");
    }
  }

 private:
  std::atomic<int> left_;
};

// Law: whoever is held up at a piece holds up no other.
TEST_P(TeamTest, OthersPiecesAreDoneBesideAThreadThatIsHeldUp) {
  if (GetParam() == 1) return;
  Team team(GetParam());
  for (int i = 0; i < 20; ++i) {
    HeldUp job(team.size());
    EXPECT_NO_THROW(team.run(job));
  }
}

// Law: a team that has gone to sleep wakes up.
TEST_P(TeamTest, WakesAfterRest) {
  Team team(GetParam());
  std::atomic<int> count{0};
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    on_each_thread(team, [&](int) { ++count; });
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
    on_each_thread(first, [&](int) { ++count; });
    on_each_thread(second, [&](int) { ++count; });
  }
  EXPECT_EQ(count, 50 * (GetParam() + 2));
}

// Law: two teams of two host threads work at once, more threads than there are cores among them, too: whoever
// waits leaves its core to those that it waits for.
TEST_P(TeamTest, TwoTeamsWorkAtOnce) {
  const auto all_right = [](int size) {
    Team team(size);
    bool right = true;
    for (int i = 0; i < 50; ++i) {
      Rounds rounds(size, 4);
      team.run(rounds);
      right &= rounds.wrong == std::vector<int64_t>(rounds.wrong.size(), 0);
    }
    return right;
  };
  bool other = false;
  std::thread host([&] { other = all_right(3); });
  EXPECT_TRUE(all_right(GetParam()));
  host.join();
  EXPECT_TRUE(other);
}

INSTANTIATE_TEST_SUITE_P(Sizes, TeamTest, testing::Values(1, 2, 3, 4, 7));

}  // namespace
}  // namespace cgan_jit
