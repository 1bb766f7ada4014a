#pragma once

#include <filesystem>
#include <future>
#include <optional>
#include <string>

#include "cli/run_start.h"
#include "cli/tester.h"
#include "io/loss_log.h"
#include "io/progress.h"

namespace cgan_jit::cli {

/// The file of a run's test losses.
std::filesystem::path test_losses_file(const std::filesystem::path& run);

/// Tests a run while it trains: every `test_interval` steps a line of test_losses.csv. Nothing of it changes
/// what the run computes.
class RunTester {
 public:
  /// Begins to prepare the test images, if any test is wanted. `session` and `model` are as Tester has them;
  /// the session outlives this.
  RunTester(LoggedSession& session, const models::CganConfig& model, const RunStart& start,
            const std::filesystem::path& cache_dir);

  /// The run goes on behind `done` steps: their lines stay. Where the test images cannot be had, says why;
  /// then there are no tests. Throws what LossLog throws.
  void begin(int64_t done);
  /// The params are those after `step`: tests them if a test is due and its line is not there. Interrupted,
  /// it leaves the line to whoever goes on from here. Throws WriteError as LossLog::add does.
  void after(int64_t step, io::ProgressLine& line);
  // As the log has it:
  void sync();
  void rescue();

  /// "  test D 0.0312  G 0.9412" of the last test, for a line of progress.
  const std::string& text() const { return text_; }

 private:
  void find_images();
  bool is_due(int64_t step) const;
  void test(int64_t step, io::ProgressLine& line);

  LoggedSession& session_;
  models::CganConfig model_;
  uint32_t seed_;
  Schedule training_;
  int64_t interval_;
  std::filesystem::path file_;
  std::future<io::PreparedSet> prepared_;
  std::optional<io::PreparedSet> images_;
  std::optional<Tester> tester_;
  std::optional<io::LossLog> log_;
  std::string text_;
};

}  // namespace cgan_jit::cli
