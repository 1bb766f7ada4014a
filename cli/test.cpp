#include <fmt/format.h>

#include <cstdio>
#include <optional>

#include "cli/checkpoint.h"
#include "cli/checkpoint_folder.h"
#include "cli/command.h"
#include "cli/compiler_options.h"
#include "cli/data.h"
#include "cli/loss_chart.h"
#include "cli/run_tester.h"
#include "io/interrupt.h"
#include "io/process.h"

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
  if (request.all) return all_checkpoints(request.run);
  if (request.checkpoint) return {existing_checkpoint(request.run, *request.checkpoint)};
  return {last_checkpoint(request.run)};
}

/// What a run learned from, and the images that it is tested on.
struct TestData {
  DataFacts training;
  std::string identity;  // of the training set
  io::PreparedSet images;
};

TestData read_data(const fs::path& folder, const models::CganConfig& model, const fs::path& cache_dir) {
  const DataFacts training = inspect_data(folder, io::Split::train, model.n_classes);
  const DataFacts test = inspect_data(folder, io::Split::test, model.n_classes);
  auto learned = prepare_in_background(training, model.img_size, cache_dir);
  auto images = prepare_in_background(test, model.img_size, cache_dir);
  return {training, identity_of(learned.get()), images.get()};
}

/// The checkpoints of one run, one after another in one session.
class CheckpointTester {
 public:
  CheckpointTester(const TestRequest& request, const TrainConfig& config)
      : config_(config),
        folder_(request.data.empty() ? config.data : request.data),
        data_(read_data(folder_, config.model, request.compiler->cache())),
        session_(request.compiler->session(request.cpu, request.threads)),
        tester_(session_, with_classes(config.model, data_.training), config.seed, data_.images) {}

  /// Nothing when an interrupt came.
  std::optional<io::LossLine> test(const Checkpoint& checkpoint) {
    expect_own(checkpoint);
    restore(session_.session(), checkpoint);
    const auto losses = tester_.run([&](const Place& place) { show(checkpoint.step, place); });
    line_.finish();
    if (!losses) return {};
    const Schedule training{data_.training.count, config_.model.batch_size};
    return io::LossLine{checkpoint.step, training.epoch(checkpoint.step), losses->d, losses->g};
  }

  int64_t images() const { return tester_.schedule().count; }

 private:
  void expect_own(const Checkpoint& checkpoint) const {
    const std::string differences = other_numbers(checkpoint.config, config_);
    if (!differences.empty())
      throw Error("{}: of another run than the others: {}", checkpoint.path.string(), differences);
    if (checkpoint.data.empty() || checkpoint.data == data_.identity) return;
    throw Error("{}: learned from {}, but {} holds {}", checkpoint.path.string(), checkpoint.data,
                folder_.string(), data_.identity);
  }

  void show(int64_t step, const Place& place) {
    if (!line_.due()) return;
    line_.show(fmt::format("step {}: batch {}/{}", step, place.batch, tester_.schedule().batches()));
  }

  TrainConfig config_;
  fs::path folder_;
  TestData data_;
  LoggedSession session_;
  Tester tester_;
  io::ProgressLine line_{stderr, io::is_live_terminal()};
};

int test(const TestRequest& request) {
  io::remember_interrupts();
  const io::RunFolder folder = io::RunFolder::found(request.run);
  const std::vector<fs::path> files = chosen_checkpoints(request);
  CheckpointTester tester(request, read_checkpoint_config(files.front()));
  for (const fs::path& file : files) {
    const auto line = tester.test(read_checkpoint(file));
    if (!line) break;
    io::put_line(test_losses_file(folder.path()), *line);
    io::say(stdout, fmt::format("step {}, {} test images: D {:.4f}, G {:.4f}\n", line->step, tester.images(),
                                line->d_loss, line->g_loss));
  }
  write_test_loss_chart(folder.path());
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
                  ->check(CLI::Range(int64_t{0}, most_steps));
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
