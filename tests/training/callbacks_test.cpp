#include <gtest/gtest.h>

#include "io/grid.h"
#include "io/png.h"
#include "tests/training/small_run.h"
#include "training/sample_grids.h"
#include "training/test_losses.h"

// What a run makes beside its steps.

namespace cgan_jit::training {
namespace {

TestPlan small_tests(int64_t interval) {
  return {.record = reads_batches,
          .data = std::async(std::launch::deferred, [] { return small_data(9); }),
          .batch_size = rows_a_batch,
          .losses = {{"loss"}},
          .interval = interval,
          .training = {row_count, rows_a_batch},
          .tell = [](const std::string&) {}};
}

/// A run with a test every 3 steps and a grid of 2 x 2 pictures of 2 x 2 pixels every 4; a picture shows four
/// biases.
RunEnd train(const std::filesystem::path& folder, int64_t steps) {
  Session session(small_session());
  RunPlan plan = small_plan(steps);
  plan.checkpoint_interval = 5;
  training::Run run(session, new_or_resumed_run(folder), std::move(plan));
  run.add(std::make_unique<SampleGrids>(run.folder(), GridShape{2, 2, 2}, 4,
                                        [&] { return session.param("first.bias"); }));
  run.add(std::make_unique<TestLosses>(session, run.folder(), small_tests(3)));
  return run.train();
}

TEST(Callbacks, ResumedEqualsUndisturbed) {
  const io::TemporaryFolder folder;
  train(folder / "whole", 14);
  const auto whole = contents(folder / "whole");
  for (const char* name : {"samples/000000.png", "samples/000012.png", "montage.svg", "samples.gif",
                           "test_losses.csv", "test_losses.png"})
    EXPECT_TRUE(whole.count(name)) << name;
  EXPECT_EQ(lines_of(folder / "whole/test_losses.csv").size(), 1u + 4);
  for (int64_t stop : {2, 5, 8, 12, 14}) {
    const auto run = folder / fmt::format("stopped{}", stop);
    train(run, stop);
    train(run, 14);
    EXPECT_EQ(differences_of(run, folder / "whole"), std::vector<std::string>()) << stop;
  }
}

// What a run that was killed behind its checkpoint made of later steps goes, what it did not make comes.
TEST(Callbacks, MakeWhatIsMissingAndRemoveWhatIsTooMuch) {
  const io::TemporaryFolder folder;
  const auto run = folder / "run";
  train(folder / "whole", 14);
  train(run, 12);
  io::write_file(run / "samples/000016.png", "no picture");
  io::write_file(run / "samples/.cgan_jit-0123456789abcdef.tmp", "left behind");
  std::filesystem::remove(run / "samples/000012.png");
  io::write_file(run / "test_losses.csv", io::text_of(run / "test_losses.csv") + "15,3,1\n18,");
  train(run, 14);
  EXPECT_EQ(differences_of(run, folder / "whole"), std::vector<std::string>());
}

TEST(Callbacks, ChangeNothingThatTheRunComputes) {
  const io::TemporaryFolder folder;
  train(folder / "with", 11);
  Session session(small_session());
  RunPlan plan = small_plan(11);
  plan.checkpoint_interval = 5;
  training::Run(session, new_or_resumed_run(folder / "without"), std::move(plan)).train();
  for (const auto& [name, text] : contents(folder / "without"))
    EXPECT_EQ(contents(folder / "with").at(name), text) << name;
}

TEST(TestLosses, WithoutDataSayWhyAndTrain) {
  const io::TemporaryFolder folder;
  Session session(small_session());
  training::Run run(session, new_or_resumed_run(folder / "run"), small_plan(5));
  TestPlan plan = small_tests(2);
  plan.data = std::async(std::launch::deferred, []() -> DataSet { throw Error("t10k: missing"); });
  std::string said;
  plan.tell = [&](const std::string& line) { said += line; };
  run.add(std::make_unique<TestLosses>(session, run.folder(), std::move(plan)));
  EXPECT_EQ(run.train().step, 5);
  EXPECT_EQ(said, "no test losses: t10k: missing");
  EXPECT_FALSE(std::filesystem::exists(folder / "run/test_losses.csv"));
}

TEST(SampleGrids, ShowTheParamsOfTheirSteps) {
  const io::TemporaryFolder folder;
  train(folder / "run", 8);
  Session session(small_session());
  training::Run run(session, new_or_resumed_run(folder / "run"), small_plan(8));
  run.prepare();
  const std::vector<float> bias = session.param("first.bias");
  const io::Image drawn = io::grid(bias, 2, 2, 2, 2), read = io::read_png(folder / "run/samples/000008.png");
  EXPECT_EQ(read.pixels, drawn.pixels);
}

TEST(SampleGrids, WithADamagedPictureWarnAtTheEnd) {
  const io::TemporaryFolder folder;
  train(folder / "run", 8);
  io::write_file(folder / "run/samples/000004.png", "no picture");
  Session session(small_session());
  RunPlan plan = small_plan(9);
  plan.checkpoint_interval = 5;
  std::string warned;
  plan.warn = [&](const std::string& line) { warned += line; };
  training::Run run(session, new_or_resumed_run(folder / "run"), std::move(plan));
  run.add(std::make_unique<SampleGrids>(run.folder(), GridShape{2, 2, 2}, 4,
                                        [&] { return session.param("first.bias"); }));
  EXPECT_TRUE(run.train().done());
  EXPECT_NE(warned.find("000004.png"), std::string::npos) << warned;
  EXPECT_TRUE(warned.ends_with("; no montage is made")) << warned;
}

}  // namespace
}  // namespace cgan_jit::training
