#include "runtime/program.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

namespace cgan_jit {
namespace {

// Kernels written by hand: what a compiled one would do, over the same arguments.

/// buffers: counts (int64 per unit). Counts each unit that it is given.
void count_units(void* const* buffers, void*, int64_t first, int64_t last) {
  auto* counts = static_cast<int64_t*>(buffers[0]);
  for (int64_t unit = first; unit < last; ++unit) ++counts[unit];
}

/// buffers: to, from (int64 per unit). to[u] = the sum of all of from, plus u: right only after a barrier.
void sum_all(void* const* buffers, void*, int64_t first, int64_t last) {
  auto* to = static_cast<int64_t*>(buffers[0]);
  const auto* from = static_cast<const int64_t*>(buffers[1]);
  for (int64_t unit = first; unit < last; ++unit)
    to[unit] = std::accumulate(from, from + 16, int64_t{0}) % 1000003 + unit;
}

/// buffers: a log. Appends the thread, its own number, buffers[1], and the unit.
struct Log {
  std::mutex mutex;
  struct Entry {
    std::thread::id thread;
    int64_t call, unit;
  };
  std::vector<Entry> entries;
};
void write_log(void* const* buffers, void*, int64_t first, int64_t last) {
  auto* log = static_cast<Log*>(buffers[0]);
  const std::lock_guard lock(log->mutex);
  for (int64_t unit = first; unit < last; ++unit)
    log->entries.push_back({std::this_thread::get_id(), *static_cast<int64_t*>(buffers[1]), unit});
}

/// buffers: out (one byte per unit). Fills the scratch and sees whether anybody else wrote there.
void use_scratch(void* const* buffers, void* scratch, int64_t first, int64_t last) {
  auto* out = static_cast<uint8_t*>(buffers[0]);
  for (int64_t unit = first; unit < last; ++unit) {
    std::memset(scratch, static_cast<int>(unit), 4096);
    const auto* bytes = static_cast<const uint8_t*>(scratch);
    out[unit] = 1;
    for (int i = 0; i < 4096; ++i) out[unit] &= bytes[i] == unit;
  }
}

class RunnerTest : public testing::TestWithParam<int> {};

TEST_P(RunnerTest, SharesCoverEveryUnitOnce) {
  Runner runner(GetParam());
  for (bool panels : {false, true})
    for (int64_t units : {0, 1, 2, 3, 5, 8, 64, 1000}) {
      std::vector<int64_t> first(1001, 0), second(1001, 0);
      Program program;
      program.phases = {
          {{Call{count_units, {first.data()}, units}, Call{count_units, {second.data()}, units, panels}}}};
      const auto expect_all = [&](int64_t runs) {
        for (int64_t unit = 0; unit <= 1000; ++unit) {
          ASSERT_EQ(first[static_cast<size_t>(unit)], unit < units ? runs : 0);
          ASSERT_EQ(second[static_cast<size_t>(unit)], unit < units ? runs : 0);
        }
      };
      runner.prepare(program);
      runner.run(program);
      expect_all(1);
      runner.run_checked(program);
      expect_all(2);
    }
}

// Law: a phase starts when all of the phase before it is done. Two arrays are made from each other by turns;
// the answer is the serial one.
TEST_P(RunnerTest, PhasesRunInOrder) {
  std::vector<int64_t> a(16, 1), b(16, 0);
  Program program;
  for (int i = 0; i < 20; ++i) {
    program.phases.push_back({{Call{sum_all, {b.data(), a.data()}, 16}}});
    program.phases.push_back({{Call{sum_all, {a.data(), b.data()}, 16}}});
  }
  EXPECT_EQ(program.kernel_count(), 40);
  std::vector<int64_t> want_a(16, 1), want_b(16, 0);
  for (int i = 0; i < 20 * 10; ++i) {
    for (int64_t u = 0; u < 16; ++u)
      want_b[u] = std::accumulate(want_a.begin(), want_a.end(), int64_t{0}) % 1000003 + u;
    for (int64_t u = 0; u < 16; ++u)
      want_a[u] = std::accumulate(want_b.begin(), want_b.end(), int64_t{0}) % 1000003 + u;
  }
  Runner runner(GetParam());
  runner.prepare(program);
  for (int i = 0; i < 10; ++i) runner.run(program);
  EXPECT_EQ(a, want_a);
  EXPECT_EQ(b, want_b);
}

// Law: in a chain, the calls of one panel follow each other, by one thread: no other unit of that
// thread comes between.
TEST_P(RunnerTest, PanelsRunEveryCallInTurn) {
  Log log;
  int64_t first = 0, second = 1;
  Program program;
  program.phases = {{{Call{write_log, {&log, &first}, 99}, Call{write_log, {&log, &second}, 99, true}}}};
  Runner runner(GetParam());
  runner.prepare(program);
  runner.run(program);
  ASSERT_EQ(log.entries.size(), 198u);
  std::map<std::thread::id, std::vector<std::pair<int64_t, int64_t>>> by_thread;
  for (const Log::Entry& entry : log.entries) by_thread[entry.thread].emplace_back(entry.call, entry.unit);
  std::vector<int> done(99, 0);
  for (const auto& [thread, entries] : by_thread) {
    ASSERT_EQ(entries.size() % 2, 0u);
    for (size_t i = 0; i < entries.size(); i += 2) {
      EXPECT_EQ(entries[i].first, 0);
      EXPECT_EQ(entries[i + 1], (std::pair<int64_t, int64_t>{1, entries[i].second}));
      ++done[static_cast<size_t>(entries[i].second)];
    }
  }
  EXPECT_EQ(done, std::vector<int>(99, 1));
}

// Law: a call that starts at a later panel of its chain still runs each of its units once.
TEST_P(RunnerTest, ChainsMayStartAtALaterPanel) {
  std::vector<int64_t> early(9, 0), late(9, 0);
  Program program;
  program.phases = {
      {{Call{count_units, {late.data()}, 3, false, 6}, Call{count_units, {early.data()}, 9, true}}}};
  Runner runner(GetParam());
  runner.prepare(program);
  runner.run(program);
  EXPECT_EQ(early, std::vector<int64_t>(9, 1));
  EXPECT_EQ(late, (std::vector<int64_t>{1, 1, 1, 0, 0, 0, 0, 0, 0}));
}

// Law: a phase may have more calls than a team counts pieces.
TEST_P(RunnerTest, AHundredThousandCallsArePhaseEnough) {
  constexpr int64_t calls = 100'000;
  std::vector<int64_t> each(static_cast<size_t>(8 * calls), 0);
  Program program;
  program.phases.resize(1);
  for (int64_t i = 0; i < calls; ++i)
    program.phases[0].calls.push_back(Call{count_units, {each.data() + 8 * i}, 8});
  Runner runner(GetParam());
  runner.prepare(program);
  runner.run(program);
  EXPECT_EQ(each, std::vector<int64_t>(each.size(), 1));
}

TEST_P(RunnerTest, EveryThreadHasScratchOfItsOwn) {
  std::vector<uint8_t> right(64, 0);
  Program program;
  program.scratch_bytes = 4096;
  program.phases = {{{Call{use_scratch, {right.data()}, 64}}}};
  Runner runner(GetParam());
  runner.prepare(program);
  for (int i = 0; i < 20; ++i) runner.run(program);
  EXPECT_EQ(right, std::vector<uint8_t>(64, 1));
}

TEST_P(RunnerTest, CheckedRunPoisonsDeadBuffers) {
  std::vector<int64_t> counts(8, 0), dead(4, 5);
  Program program;
  program.phases = {{{Call{count_units, {counts.data()}, 8}}}, {{Call{count_units, {counts.data()}, 8}}}};
  program.poisons = {{0, reinterpret_cast<std::byte*>(dead.data()), 16}};
  Runner runner(GetParam());
  runner.prepare(program);
  runner.run(program);
  EXPECT_EQ(dead, (std::vector<int64_t>{5, 5, 5, 5}));
  runner.run_checked(program);
  EXPECT_EQ(dead, (std::vector<int64_t>{-1, -1, 5, 5}));
  EXPECT_EQ(counts, std::vector<int64_t>(8, 4));
}

// Law: times have one span for every phase, call and thread; they go forward.
TEST_P(RunnerTest, TimesFollowEachOther) {
  std::vector<int64_t> first(8, 0), second(8, 0);
  Program program;
  for (bool panels : {false, true})
    program.phases.push_back(
        {{Call{count_units, {first.data()}, 8}, Call{count_units, {second.data()}, 8, panels}}});
  Runner runner(GetParam());
  runner.prepare(program);
  const Runner::Times times = runner.run_timed(program);
  EXPECT_EQ(first, std::vector<int64_t>(8, 2));
  EXPECT_EQ(second, std::vector<int64_t>(8, 2));
  ASSERT_EQ(times.spans.size(), 2u);
  for (size_t thread = 0; thread < static_cast<size_t>(runner.threads()); ++thread) {
    double last = 0;
    for (const auto& phase : times.spans)
      for (const auto& call : phase) {
        EXPECT_LE(last, call.at(thread).first);
        EXPECT_LE(call[thread].first, call[thread].second);
        last = call[thread].second;
      }
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, RunnerTest, testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace cgan_jit
