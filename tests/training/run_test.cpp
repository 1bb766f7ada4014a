#include "training/run.h"

#include <gtest/gtest.h>

#include <csignal>

#include "io/interrupt.h"
#include "tests/training/small_run.h"
#include "training/checkpoint_folder.h"

namespace cgan_jit::training {
namespace {

using io::error_of;

RunEnd train(const std::filesystem::path& folder, RunPlan plan, int threads = 1) {
  Session session(small_session(threads));
  return training::Run(session, new_or_resumed_run(folder), std::move(plan)).train();
}

TEST(Run, LogsEveryStepAndKeepsCheckpoints) {
  const io::TemporaryFolder folder;
  const RunEnd end = train(folder / "run", small_plan(11));
  EXPECT_EQ(end.step, 11);
  EXPECT_TRUE(end.done());
  EXPECT_EQ(end.exit_code(), 0);
  const std::vector<std::string> lines = lines_of(folder / "run/losses.csv");
  ASSERT_EQ(lines.size(), 12u);
  EXPECT_EQ(lines[0], "step,epoch,loss,doubled");
  for (int64_t step = 1; step <= 11; ++step) {
    EXPECT_TRUE(lines[static_cast<size_t>(step)].starts_with(
        fmt::format("{},{},", step, (step + batch_count - 1) / batch_count)));
  }
  std::vector<std::string> names;
  for (const auto& [name, text] : contents(folder / "run")) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"checkpoints", "checkpoints/000004.safetensors",
                                             "checkpoints/000008.safetensors",
                                             "checkpoints/000011.safetensors", "checkpoints/last",
                                             "config.json", "losses.csv", "losses.png", "losses.svg"}));
}

// Law: wherever a run stopped, going on leaves the folder of an undisturbed run, file for file.
TEST(Run, ResumedEqualsUndisturbed) {
  const io::TemporaryFolder folder;
  train(folder / "whole", small_plan(13));
  for (int64_t stop : {1, 3, 4, 5, 6, 10, 12, 13}) {
    const auto run = folder / fmt::format("stopped{}", stop);
    train(run, small_plan(stop));
    EXPECT_EQ(train(run, small_plan(13)).step, 13);
    EXPECT_EQ(differences_of(run, folder / "whole"), std::vector<std::string>()) << stop;
  }
  std::filesystem::remove(folder / "stopped5/losses.png");
  std::filesystem::remove(checkpoint_file(folder / "stopped5", 13));
  train(folder / "stopped5", small_plan(13));
  EXPECT_EQ(differences_of(folder / "stopped5", folder / "whole"), std::vector<std::string>());
}

TEST(Run, IsTheSameAtAnyThreadCountAndWhoeverGathersItsBatches) {
  const io::TemporaryFolder folder;
  train(folder / "one", small_plan(11));
  train(folder / "three", small_plan(11), 3);
  EXPECT_EQ(differences_of(folder / "one", folder / "three"), std::vector<std::string>());
  RunPlan gathering = small_plan(11);
  gathering.record = gathers_itself;
  train(folder / "gathering", std::move(gathering));
  EXPECT_EQ(differences_of(folder / "one", folder / "gathering"), std::vector<std::string>());
}

TEST(Run, EndsAfterItsEpochsOrSteps) {
  const io::TemporaryFolder folder;
  RunPlan plan = small_plan(0);
  plan.epochs = 2;
  EXPECT_EQ(train(folder / "epochs", plan).step, 2 * batch_count);
  plan.rest = Rest::left_out;
  EXPECT_EQ(train(folder / "left_out", plan).step, 2 * (batch_count - 1));
  plan.steps = 3;
  EXPECT_EQ(train(folder / "steps", plan).step, 3);
}

TEST(Run, RefusesToGoOnWithOtherNumbers) {
  const io::TemporaryFolder folder;
  const auto run = folder / "run";
  RunPlan plan = small_plan(5);
  plan.config = R"({"lr": 0.05, "place": "here"})";
  plan.may_change = {"place"};
  train(run, plan);
  const auto before = contents(run);
  const auto refused = [&](const std::string& because, const std::function<void(RunPlan&)>& change) {
    RunPlan other = plan;
    other.steps = 9;
    change(other);
    error_of([&] { train(run, std::move(other)); }, because);
    EXPECT_EQ(contents(run), before) << because;
  };
  const std::string cannot = run.string() + ": cannot go on as if it had never stopped: ";
  refused(cannot + "lr is 0.1, not 0.05",
          [](RunPlan& other) { other.config = R"({"lr": 0.1, "place": "here"})"; });
  refused(cannot + "seed is 2, not 1", [](RunPlan& other) { other.seed = 2; });
  refused(cannot + "batch_size is 6, not 4", [](RunPlan& other) { other.batch_size = 6; });
  refused(cannot + "the data are 18 rows", [](RunPlan& other) { other.data = small_data(2); });
  refused("step 5 is done already, and the run would end at step 4", [](RunPlan& other) { other.steps = 4; });

  plan.steps = 9;
  plan.checkpoint_interval = 3;
  plan.config = R"({"lr": 0.05, "place": "there"})";
  EXPECT_EQ(train(run, plan).step, 9);
}

TEST(Run, RefusesDataThatAreNotAsManyAsWerePromised) {
  const io::TemporaryFolder folder;
  std::promise<DataSet> promise;
  promise.set_value(small_data());
  RunPlan plan = small_plan(5);
  plan.data = {row_count + 1, promise.get_future().share()};
  error_of([&] { train(folder / "run", std::move(plan)); }, "18 rows, not 19");
}

TEST(Run, RefusesAConfigurationThatCannotBeRead) {
  const io::TemporaryFolder folder;
  io::write_file(folder / "config.json", "{");
  error_of([&] { train(folder.path(), small_plan(1)); }, (folder / "config.json").string());
}

TEST(Run, RefusesAFolderThatHoldsSomethingElse) {
  const io::TemporaryFolder folder;
  io::write_file(folder / "letter.txt", "Dear");
  error_of([&] { train(folder.path(), small_plan(1)); }, "holds files already");
  error_of([&] { resumed_run(folder.path()); }, "holds no run: it has no config.json");
}

// A start that fails leaves a folder that can be used again.
TEST(Run, RefusesLossesThatAreNotThere) {
  const io::TemporaryFolder folder;
  RunPlan plan = small_plan(1);
  plan.losses = {{"accuracy"}};
  error_of([&] { train(folder / "run", std::move(plan)); }, "no number 'accuracy'; it has loss, doubled");
  EXPECT_EQ(train(folder / "run", small_plan(1)).step, 1);
}

TEST(Run, SaysWhereItsNumbersStoppedBeingFinite) {
  const io::TemporaryFolder folder;
  RunPlan plan = small_plan(2000);
  plan.checkpoint_interval = 1;
  plan.record = [](Builder& builder, int64_t batch, int64_t) {
    const Tensor w = builder.param("w", {row_width}, ConstantInit{1});
    const Tensor loss = mean(builder.input("x", DType::f32, {batch, row_width}) * w * w * w);
    builder.output("loss", loss);
    SGD{.lr = 1e20}.minimize(loss, builder.trained());
  };
  plan.data = DataSet().table("x", {row_width}, std::vector<float>(row_count * row_width, 1));
  std::string said;
  plan.tell = [&](const std::string& line) { said += line; };
  try {
    train(folder / "run", std::move(plan));
    ADD_FAILURE() << "finite";
  } catch (const Diverged& diverged) {
    const std::string text = diverged.what();
    const int64_t good = read_checkpoint(last_checkpoint(folder / "run")).step;
    EXPECT_TRUE(text.starts_with(fmt::format("step {}: ", good + 1))) << text;
    EXPECT_NE(text.find("is not finite, seen at step"), std::string::npos) << text;
    EXPECT_NE(text.find("the last good checkpoint is " + (folder / "run/checkpoints/last").string()),
              std::string::npos)
        << text;
  }
  EXPECT_NE(said.find("again to see where that began"), std::string::npos) << said;
}

// Law: a full disk costs nothing but time.
TEST(Run, OnAFullDiskGoesOnWhereItStopped) {
  const io::TemporaryFolder folder;
  RunPlan plan = small_plan(400);
  plan.checkpoint_interval = 0;
  train(folder / "whole", plan);
  {
    const io::FullDisk full(8000);
    try {
      train(folder / "run", plan);
      ADD_FAILURE() << "room enough";
    } catch (const io::WriteError& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find("losses.csv: File too large; stopped after step "), std::string::npos) << text;
      EXPECT_NE(text.find("the last checkpoint is that of step "), std::string::npos) << text;
    }
  }
  EXPECT_GT(read_checkpoint(last_checkpoint(folder / "run")).step, 100);
  train(folder / "run", plan);
  EXPECT_EQ(differences_of(folder / "run", folder / "whole"), std::vector<std::string>());
}

TEST(Run, WarnsOfLinesThatAreLost) {
  const io::TemporaryFolder folder;
  train(folder / "run", small_plan(5));
  io::write_file(folder / "run/losses.csv", "step,epoch,loss,doubled\n1,1,1,2\n");
  std::string warned;
  RunPlan plan = small_plan(6);
  plan.warn = [&](const std::string& line) { warned += line; };
  train(folder / "run", std::move(plan));
  EXPECT_EQ(warned, (folder / "run/losses.csv").string() + ": the lines of 4 steps are lost");
}

TEST(Run, GivesTheTimesOfWholeBatches) {
  const io::TemporaryFolder folder;
  RunPlan plan = small_plan(7);
  int timed = 0;
  plan.times = [&](Runner::Times) { ++timed; };
  train(folder / "timed", std::move(plan));
  EXPECT_EQ(timed, 6);
  train(folder / "untimed", small_plan(7));
  EXPECT_EQ(differences_of(folder / "timed", folder / "untimed"), std::vector<std::string>());
}

/// What a run asks of a callback, and an interrupt at a step.
struct Diary : Callback {
  std::vector<std::string> calls;
  int64_t interrupt_at = -1;
  void begin(int64_t done) override { calls.push_back(fmt::format("begin {}", done)); }
  void after(int64_t step, io::ProgressLine&) override {
    calls.push_back(fmt::format("after {}", step));
    if (step == interrupt_at) std::raise(SIGINT);
  }
  void sync() override { calls.push_back("sync"); }
  void finish() override { calls.push_back("finish"); }
};

TEST(Run, TellsCallbacksEachStepAndSyncsThemBeforeACheckpoint) {
  const io::TemporaryFolder folder;
  Session session(small_session());
  training::Run run(session, new_or_resumed_run(folder / "run"), small_plan(5));
  auto diary = std::make_unique<Diary>();
  const Diary& seen = *diary;
  run.add(std::move(diary));
  run.train();
  EXPECT_EQ(seen.calls, (std::vector<std::string>{"begin 0", "after 0", "after 1", "after 2", "after 3",
                                                  "after 4", "sync", "after 5", "sync", "sync", "finish"}));
}

TEST(RunDeathTest, AnInterruptEndsItInOrderWithACheckpoint) {
  const io::TemporaryFolder folder;
  const auto interrupted = [&] {
    io::remember_interrupts();
    Session session(small_session());
    training::Run run(session, new_or_resumed_run(folder / "run"), small_plan(13));
    auto diary = std::make_unique<Diary>();
    diary->interrupt_at = 6;
    run.add(std::move(diary));
    const RunEnd end = run.train();
    std::exit(end.step == 6 && !end.done() ? end.exit_code() : 1);
  };
  EXPECT_EXIT(interrupted(), testing::ExitedWithCode(128 + SIGINT), "");
  EXPECT_EQ(read_checkpoint(last_checkpoint(folder / "run")).step, 6);
  train(folder / "run", small_plan(13));
  train(folder / "whole", small_plan(13));
  EXPECT_EQ(differences_of(folder / "run", folder / "whole"), std::vector<std::string>());
}

}  // namespace
}  // namespace cgan_jit::training
