#pragma once

#include <future>
#include <optional>
#include <string>
#include <vector>

#include "cli/compiler_options.h"
#include "cli/pass_log.h"
#include "cli/picture_writer.h"
#include "cli/pictures.h"
#include "cli/profile.h"
#include "cli/run_start.h"
#include "cli/run_tester.h"
#include "cli/trainer.h"
#include "io/loss_log.h"
#include "io/progress.h"

namespace cgan_jit::cli {

/// How a run is compiled and looked at; nothing of it changes what it computes.
struct RunOptions {
  CompilerOptions compiler;
  DumpTarget dump;
  bool time_passes = false, profile = false, perf_map = false;
};

/// A run in one piece: compiled once, then run to its end, an interrupt, or what stops it.
class TrainingRun {
 public:
  /// Compiles, and brings the params to the step that the start begins from. Throws Error when the data are
  /// wrong, or others than those that the run has learned from. `started` is on the clock of seconds_now().
  TrainingRun(RunStart start, const RunOptions& options, double started);

  /// Runs what is left and gives the exit code: 0, or 128 + the signal that came. What a full disk or the
  /// like leaves room for is saved, and then WriteError thrown; numbers that are not finite are Diverged.
  int train();

 private:
  void compile();
  void load_params();
  void expect_same_data();
  void run_steps();
  void step();
  Losses run_step();
  void show(Losses losses);
  void draw();
  void checkpoint();
  void save();
  void finish();
  int report() const;
  void report_profile() const;
  // When it cannot go on:
  [[noreturn]] void rescue(const std::string& cause);
  [[noreturn]] void explain(const std::string& cause);
  void keep_lines();
  void restore_last_good(const std::optional<Checkpoint>& checkpoint);

  double started_;
  RunStart start_;
  const TrainConfig& config_;
  models::CganConfig model_;
  std::filesystem::path folder_;
  std::future<io::PreparedSet> data_;
  LoggedSession session_;
  std::optional<Trainer> trainer_;
  std::optional<Sampler> sampler_;
  RunTester tests_;
  std::shared_future<std::string> data_identity_;
  PictureWriter pictures_;
  std::optional<io::LossLog> log_;
  io::ProgressLine line_;
  double first_step_began_ = 0;
  int64_t first_done_, done_;  // steps: when it began, and now
  int64_t saved_;              // of the last checkpoint
  bool profiled_;
  Profile profile_;
};

/// Numbers of the run are not finite any more; the text says since when, where it began, and which checkpoint
/// is good.
struct Diverged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Of a clock that only goes forward.
double seconds_now();

}  // namespace cgan_jit::cli
