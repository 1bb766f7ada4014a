#pragma once

#include <optional>

#include "cli/compiler_options.h"
#include "cli/gan_start.h"
#include "cli/logged_session.h"
#include "cli/pictures.h"
#include "cli/profile.h"
#include "training/run.h"
#include "training/test_losses.h"

namespace cgan_jit::cli {

/// How a run is compiled and looked at; nothing of it changes what it computes.
struct RunOptions {
  CompilerOptions compiler;
  DumpTarget dump;
  bool time_passes = false, profile = false, perf_map = false;
};

/// A training of the GAN with its tests and grids of samples, in one piece.
class GanRun {
 public:
  /// Compiles, and brings the params to the step that the start begins from. Throws Error as
  /// training::Run does. `started` is on the clock of io::seconds_now().
  GanRun(GanStart start, const RunOptions& options, double started);
  GanRun(const GanRun&) = delete;
  GanRun& operator=(const GanRun&) = delete;

  /// Runs what is left and gives the exit code; throws what training::Run::train throws.
  int train();

 private:
  training::RunPlan plan(const RunOptions& options);
  training::TestPlan tests(const std::filesystem::path& cache_dir);
  training::AddProgram timed_add();
  std::vector<float> draw();
  void report_profile() const;

  double started_, compiling_ = 0;  // seconds
  TrainConfig config_;
  DataFacts facts_;
  models::CganConfig model_;
  LoggedSession session_;
  std::optional<Sampler> sampler_;
  Profile profile_;
  training::Run run_;
};

}  // namespace cgan_jit::cli
