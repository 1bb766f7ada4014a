#include "io/file.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "files.h"
#include "io/interrupt.h"
#include "io/loss_log.h"
#include "io/progress.h"
#include "io/run_folder.h"

namespace cgan_jit::io {
namespace {

TEST(File, WhatIsWrittenComesBack) {
  const TemporaryFolder folder;
  for (const std::string text : {"", "first", "second, longer"}) {
    write_file(folder / "a", text);
    EXPECT_EQ(text_of(folder / "a"), text);
    EXPECT_EQ(read_file(folder / "a").size(), text.size());
    EXPECT_EQ(MappedFile(folder / "a").bytes().size(), text.size());
  }
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(File, ErrorsNameTheFile) {
  const TemporaryFolder folder;
  error_of([&] { read_file(folder / "missing"); }, (folder / "missing").string() + ": No such file");
  error_of([&] { MappedFile(folder / "missing"); }, (folder / "missing").string() + ": No such file");
  error_of([&] { read_file(folder.path()); }, folder.path().string());
  error_of([&] { write_file(folder / "no/file", "x"); }, (folder / "no/file").string() + ": No such file");
}

TEST(File, AFullDiskLeavesTheOldFileAndNothingElse) {
  const TemporaryFolder folder;
  write_file(folder / "a", "old");
  {
    const FullDisk full(1000);
    EXPECT_THROW(write_file(folder / "a", std::string(5000, 'x')), WriteError);
  }
  EXPECT_EQ(text_of(folder / "a"), "old");
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(File, WhatIsPublishedIsThereAndWhatWasMappedStays) {
  const TemporaryFolder folder;
  write_file(folder / "a", "old");
  const MappedFile mapped(folder / "a");
  NewFile file(folder / "a");
  file.write(std::as_bytes(std::span("new", 3)));
  EXPECT_EQ(text_of(folder / "a"), "old");
  file.publish();
  EXPECT_EQ(text_of(folder / "a"), "new");
  EXPECT_EQ(std::memcmp(mapped.bytes().data(), "old", 3), 0);
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(File, WhatIsNeitherCommittedNorPublishedIsGone) {
  const TemporaryFolder folder;
  NewFile(folder / "a").write(std::as_bytes(std::span("new", 3)));
  EXPECT_EQ(entries(folder.path()), 0u);
}

TEST(File, ALinkMoves) {
  const TemporaryFolder folder;
  write_file(folder / "1", "one");
  write_file(folder / "2", "two");
  point_link(folder / "last", "1");
  EXPECT_EQ(text_of(folder / "last"), "one");
  point_link(folder / "last", "2");
  EXPECT_EQ(text_of(folder / "last"), "two");
  EXPECT_EQ(entries(folder.path()), 3u);
}

const std::vector<std::string> columns = {"d_loss", "g_loss"};

TEST(LossLog, LinesAreInTheFileAtOnce) {
  const TemporaryFolder folder;
  LossLog log(folder / "losses.csv", columns, 0);
  log.add({1, 1, {0.5f, 0.1f}});
  EXPECT_EQ(text_of(folder / "losses.csv"), "step,epoch,d_loss,g_loss\n1,1,0.5,0.1\n");
  log.add({2, 1, {1e-7f, 3}});
  EXPECT_EQ(text_of(folder / "losses.csv"), "step,epoch,d_loss,g_loss\n1,1,0.5,0.1\n2,1,1e-07,3\n");
}

TEST(LossLog, GoesOnBehindTheStepsThatAreDone) {
  const TemporaryFolder folder;
  const auto path = folder / "losses.csv";
  const std::string heading = "step,epoch,d_loss,g_loss\n", two = "1,1,0.5,0.1\n2,1,0.25,nan\n";
  write_file(path, heading + two + "epoch 1/5  batch 3/5\n2,1,9,9\nx\n3,1,1,1\n4,1,1,");
  {
    LossLog log(path, columns, 2);
    EXPECT_EQ(log.missing(), 0);
    EXPECT_EQ(text_of(path), heading + two);
    log.add({3, 1, {1, 2}});
  }
  EXPECT_EQ(text_of(path), heading + two + "3,1,1,2\n");
  EXPECT_EQ(LossLog(path, columns, 5).missing(), 2);
  EXPECT_EQ(LossLog(path, columns, 0).missing(), 0);
  EXPECT_EQ(text_of(path), heading);
}

TEST(LossLog, LinesWaitForRoom) {
  const TemporaryFolder folder;
  const auto path = folder / "losses.csv";
  LossLog log(path, columns, 0);
  {
    const FullDisk full(30);
    error_of([&] { log.add({1, 1, {0.5f, 0.1f}}); }, path.string() + ": File too large");
    error_of([&] { log.sync(); }, path.string() + ": File too large");
  }
  log.add({2, 1, {0.5f, 0.1f}});
  EXPECT_EQ(text_of(path), "step,epoch,d_loss,g_loss\n1,1,0.5,0.1\n2,1,0.5,0.1\n");
}

TEST(LossLog, LinesMayLackBetween) {
  const TemporaryFolder folder;
  const auto path = folder / "test_losses.csv";
  {
    LossLog log(path, columns, 0);
    EXPECT_EQ(log.last(), 0);
    for (int64_t step : {5, 10, 15}) log.add({step, 1, {0.5f, 0.1f}});
    EXPECT_EQ(log.last(), 15);
  }
  EXPECT_EQ(LossLog(path, columns, 14).last(), 10);
  EXPECT_EQ(text_of(path), "step,epoch,d_loss,g_loss\n5,1,0.5,0.1\n10,1,0.5,0.1\n");
}

TEST(LossLog, ALineIsPutWhereItsStepBelongs) {
  const TemporaryFolder folder;
  const auto path = folder / "test_losses.csv";
  const std::string heading = "step,epoch,d_loss,g_loss\n";
  put_line(path, columns, {10, 2, {0.5f, 1}});
  EXPECT_EQ(text_of(path), heading + "10,2,0.5,1\n");
  put_line(path, columns, {20, 4, {0.25f, 2}});
  put_line(path, columns, {9, 2, {3, std::numeric_limits<float>::infinity()}});
  EXPECT_EQ(text_of(path), heading + "9,2,3,inf\n10,2,0.5,1\n20,4,0.25,2\n");
  write_file(path, heading + "9,2,3,inf\nx\n10,2,0.5,1\n20,4,");
  put_line(path, columns, {10, 2, {7, 8}});
  EXPECT_EQ(text_of(path), heading + "9,2,3,inf\n10,2,7,8\n");
}

TEST(LossLog, WhatFoundNoRoomIsKeptBesideIt) {
  const TemporaryFolder folder;
  const auto path = folder / "losses.csv";
  {
    LossLog log(path, columns, 0);
    const FullDisk full(30);
    error_of([&] { log.add({1, 1, {0.5f, 0.1f}}); }, "File too large");
    log.keep_rest();
  }
  EXPECT_EQ(entries(folder.path()), 2u);
  EXPECT_EQ(LossLog(path, columns, 1).missing(), 0);
  EXPECT_EQ(text_of(path), "step,epoch,d_loss,g_loss\n1,1,0.5,0.1\n");
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(LossLog, TheLastLineIsTheLastWholeOne) {
  const TemporaryFolder folder;
  const auto path = folder / "losses.csv";
  const std::string heading = "step,epoch,d_loss,g_loss\n";
  EXPECT_FALSE(last_losses(path, 2));
  for (const char* begun : {"", "step,ep"}) {
    write_file(path, std::string(begun));
    EXPECT_FALSE(last_losses(path, 2));
  }
  for (const std::string torn : {"", "3", "3,1,0.5", "3,1,0.5,0.125"}) {
    write_file(path, heading + torn);
    EXPECT_FALSE(last_losses(path, 2));
    write_file(path, heading + "1,1,9,9\n2,1,0.25,0.75\n" + torn);
    const auto last = last_losses(path, 2);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->step, 2);
    EXPECT_EQ(last->losses, (std::vector{0.25f, 0.75f}));
  }
}

TEST(LossLog, HasAsManyLossesAsItHasNames) {
  const TemporaryFolder folder;
  for (const std::vector<std::string>& names : {std::vector<std::string>{"loss"}, {"a", "b", "c"}}) {
    const auto path = folder / (names.front() + ".csv");
    const LossLine line{1, 1, std::vector<float>(names.size(), 0.5f)};
    {
      LossLog log(path, names, 0);
      log.add(line);
    }
    EXPECT_EQ(LossLog(path, names, 1).missing(), 0);
    EXPECT_EQ(last_losses(path, names.size())->losses, line.losses);
    for (const size_t other : {names.size() - 1, names.size() + 1})
      error_of([&] { last_losses(path, other); }, path.string());
    EXPECT_EQ(LossLog(path, columns, 1).missing(), 1);
  }
}

TEST(LossLog, ALastLineOfSomethingElseIsRefused) {
  const TemporaryFolder folder;
  const auto path = folder / "losses.csv";
  for (const char* line : {"2,1,0.5", "epoch 1/5", "", "2,1,0.5,0.5,0.5"}) {
    write_file(path, "step,epoch,d_loss,g_loss\n1,1,0.5,0.5\n" + std::string(line) + "\n");
    error_of([&] { last_losses(path, 2); }, path.string());
  }
}

TEST(RunFolder, IsOnePossessionAtATime) {
  const TemporaryFolder folder;
  {
    const RunFolder mine = RunFolder::fresh(folder / "a");
    error_of([&] { RunFolder::found(folder / "a"); }, "a: another training is at work");
    error_of([&] { RunFolder::fresh(folder / "a"); }, "a: another training is at work");
  }
  EXPECT_EQ(RunFolder::found(folder / "a").path(), folder / "a");
  EXPECT_EQ(entries(folder / "a"), 0u);
  error_of([&] { RunFolder::found(folder / "b"); }, "b: there is no such folder");
}

TEST(RunFolder, NumbersGoUp) {
  const TemporaryFolder folder;
  const auto runs = folder / "runs";
  EXPECT_EQ(RunFolder::numbered(runs).path(), runs / "0001");
  EXPECT_EQ(RunFolder::numbered(runs).path(), runs / "0002");
  std::filesystem::create_directory(runs / "0041");
  std::filesystem::create_directory(runs / "0099-good");
  EXPECT_EQ(RunFolder::numbered(runs).path(), runs / "0042");
}

TEST(RunFolder, NothingIsOverwritten) {
  const TemporaryFolder folder;
  EXPECT_NO_THROW(RunFolder::fresh(folder / "a/b"));
  EXPECT_NO_THROW(RunFolder::fresh(folder / "a/b"));
  write_file(folder / "a/b/losses.csv", "x");
  error_of([&] { RunFolder::fresh(folder / "a/b"); }, (folder / "a/b").string() + ": holds files already");
}

TEST(Progress, Durations) {
  EXPECT_EQ(duration_text(-3), "0 s");
  EXPECT_EQ(duration_text(59.4), "59 s");
  EXPECT_EQ(duration_text(59.6), "1 min 00 s");
  EXPECT_EQ(duration_text(312), "5 min 12 s");
  EXPECT_EQ(duration_text(2 * 3600 + 4 * 60 + 59), "2 h 04 min");
}

TEST(Progress, TimeLeftFollowsTheSpeed) {
  TrainingProgress progress{.step = 100, .steps = 400, .epoch = 1, .epochs = 2, .batch = 100, .batches = 200};
  progress.losses = "D 0.0312  G 1.0000";
  EXPECT_EQ(to_text(progress), "epoch 1/2  batch 100/200  D 0.0312  G 1.0000");
  progress.steps_per_second = 10;
  EXPECT_TRUE(to_text(progress).ends_with("10.0 steps/s  30 s left")) << to_text(progress);
}

TEST(Progress, PlainLinesCarryNoControlCharacters) {
  const TemporaryFolder folder;
  const auto written = [&](bool live) {
    std::FILE* out = std::fopen((folder / "out").c_str(), "w");
    {
      ProgressLine line(out, live);
      EXPECT_TRUE(line.due());
      line.show("one");
      EXPECT_FALSE(line.due());
      line.show("two");
    }
    std::fclose(out);
    return text_of(folder / "out");
  };
  EXPECT_EQ(written(false), "one\ntwo\n");
  EXPECT_EQ(written(true), "\rone\x1b[K\rtwo\x1b[K\n");
}

TEST(Interrupt, TheFirstIsRememberedTheSecondEndsTheProcess) {
  const pid_t child = fork();
  if (child == 0) {
    remember_interrupts();
    if (interrupt_received() != 0) _exit(1);
    raise(SIGTERM);
    if (interrupt_received() != SIGTERM) _exit(2);
    raise(SIGTERM);
    _exit(3);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

}  // namespace
}  // namespace cgan_jit::io
