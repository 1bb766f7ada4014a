#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "cli/batch_programs.h"
#include "cli/schedule.h"
#include "models/cgan.h"

namespace cgan_jit::cli {

/// Both nets of a session over test images, in evaluation mode: without D's dropout and with BatchNorm's
/// running statistics, as models::evaluation has it. Reads params, changes none.
class Tester {
 public:
  /// Compiles the programs of the run's batch size and of the last, shorter batch; a session's training step
  /// is compiled before. `config` has the training set's classes, and every label of `images` is one of
  /// n_classes.
  Tester(LoggedSession& session, const models::CganConfig& config, uint32_t seed, io::PreparedSet images);
  Tester(const Tester&) = delete;
  Tester& operator=(const Tester&) = delete;

  /// Means over all test images, each once, in the order of their file: batches count as many times as they
  /// have rows. The fakes, as many, have the same noise and labels in every test: batch b, from 0, draws them
  /// with the run's seed as a training step of number first_step + b would. `begins` is told each batch.
  /// Nothing if an interrupt came (io/interrupt.h).
  std::optional<Losses> run(const std::function<void(const Place&)>& begins);

  /// No training step comes that far.
  static constexpr uint32_t first_step = 1u << 31;

  const Schedule& schedule() const { return schedule_; }

 private:
  Schedule schedule_;
  std::vector<int32_t> order_;
  BatchPrograms programs_;
};

}  // namespace cgan_jit::cli
