#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <optional>

#include "cli/command.h"
#include "cli/compiler_options.h"
#include "cli/data.h"
#include "cli/gan.h"
#include "io/interrupt.h"
#include "io/loss_log.h"
#include "io/process.h"
#include "io/progress.h"
#include "io/run_folder.h"
#include "training/checkpoint_folder.h"
#include "training/evaluation.h"

namespace cgan_jit::cli {
namespace {

namespace fs = std::filesystem;

struct TestRequest {
  fs::path run, data;
  std::optional<int64_t> checkpoint;
  bool all = false;
  std::string cpu = "native";
  int64_t threads = 0;
  std::shared_ptr<CompilerOptions> compiler;
};

std::vector<fs::path> chosen_checkpoints(const TestRequest& request) {
  if (request.all) return training::all_checkpoints(request.run);
  if (request.checkpoint) return {training::existing_checkpoint(request.run, *request.checkpoint)};
  return {training::last_checkpoint(request.run)};
}

/// What a run learned from, and the images that it is tested on.
struct TestData {
  DataFacts facts;
  std::string identity;  // of the training set
  training::DataSet images;
};

TestData read_data(const fs::path& folder, const models::CganConfig& model, const fs::path& cache_dir) {
  const DataFacts facts = inspect_data(folder, io::Split::train, model.n_classes);
  auto images = test_data_in_background(folder, model, cache_dir);
  const std::string identity = data_in_background(facts, model.img_size, cache_dir).get().identity();
  return {facts, identity, images.get()};
}

/// The checkpoints of one run, one after another in one session.
class CheckpointTester {
 public:
  CheckpointTester(const TestRequest& request, const TrainConfig& config)
      : config_(config),
        folder_(request.data.empty() ? config.data : request.data),
        data_(read_data(folder_, config.model, request.compiler->cache())),
        session_(request.compiler->session(request.cpu, request.threads)),
        evaluation_(session_, gan_evaluation(with_classes(config.model, data_.facts)), data_.images,
                    config.model.batch_size, config.seed, training::names_of(gan_losses())) {}

  /// Nothing when an interrupt came.
  std::optional<io::LossLine> test(const training::Checkpoint& checkpoint) {
    expect_own(checkpoint);
    training::restore(session_, checkpoint);
    const auto losses = evaluation_.run([&](const training::Place& place) { show(checkpoint.step, place); });
    line_.finish();
    if (!losses) return {};
    const training::Schedule schedule{data_.facts.count, config_.model.batch_size};
    return io::LossLine{checkpoint.step, schedule.epoch(checkpoint.step), *losses};
  }

  int64_t images() const { return evaluation_.schedule().count; }

 private:
  void expect_own(const training::Checkpoint& checkpoint) const {
    const std::string differences = other_numbers(config_of(checkpoint), config_);
    if (!differences.empty())
      throw Error("{}: of another run than the others: {}", checkpoint.path.string(), differences);
    if (checkpoint.data.empty() || checkpoint.data == data_.identity) return;
    throw Error("{}: learned from {}, but {} holds {}", checkpoint.path.string(), checkpoint.data,
                folder_.string(), data_.identity);
  }

  void show(int64_t step, const training::Place& place) {
    if (!line_.due()) return;
    line_.show(fmt::format("step {}: batch {}/{}", step, place.batch, evaluation_.schedule().batches()));
  }

  TrainConfig config_;
  fs::path folder_;
  TestData data_;
  Session session_;
  training::Evaluation evaluation_;
  io::ProgressLine line_{stderr, io::is_live_terminal()};
};

int test(const TestRequest& request) {
  io::remember_interrupts();
  const io::RunFolder folder = io::RunFolder::found(request.run);
  const std::vector<fs::path> files = chosen_checkpoints(request);
  CheckpointTester tester(request, read_checkpoint_config(files.front()));
  for (const fs::path& file : files) {
    const auto line = tester.test(training::read_checkpoint(file));
    if (!line) break;
    io::put_line(training::test_losses_file(folder.path()), training::names_of(gan_losses()), *line);
    io::say(stdout, fmt::format("step {}, {} test images: D {:.4f}, G {:.4f}\n", line->step, tester.images(),
                                line->losses[0], line->losses[1]));
  }
  training::write_test_loss_chart(folder.path(), gan_losses());
  return io::interrupt_received() == 0 ? 0 : 128 + io::interrupt_received();
}

}  // namespace

Command add_test(CLI::App& app) {
  auto request = std::make_shared<TestRequest>();
  app.footer(
      "Results: test_losses.csv, .svg and .png in the run's folder; a step's new line replaces the old one.");
  app.add_option("--run", request->run, "a run's folder")->type_name("DIR")->required();
  auto* one = app.add_option("--checkpoint", request->checkpoint, "of this step (default: the last)")
                  ->type_name("STEP")
                  ->check(CLI::Range(int64_t{0}, training::most_steps));
  app.add_flag("--all", request->all, "every checkpoint of the run")->excludes(one);
  app.add_option("--data", request->data, "where the run's data set is now (default: as it was)")
      ->type_name("DIR");
  app.add_option("--threads", request->threads, "0: all cores; the losses are the same with any")
      ->type_name("INT")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024));
  app.add_option("--cpu", request->cpu, "instruction set: native, x86-64-v3, x86-64-v4")
      ->type_name("NAME")
      ->capture_default_str();
  request->compiler = add_compiler_options(app);
  return [request] { return test(*request); };
}

}  // namespace cgan_jit::cli
