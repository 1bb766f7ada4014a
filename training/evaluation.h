#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "training/batch_programs.h"
#include "training/schedule.h"

namespace cgan_jit::training {

/// A session's nets over a whole data set, in evaluation mode (no dropout, BatchNorm's running statistics).
/// Reads params, changes none.
class Evaluation {
 public:
  /// Compiles the programs of whole batches and of the last, shorter one. `record` gets a Builder in
  /// evaluation mode; updates that it asks for are left out. `losses` as Recipe has them. Throws Error when
  /// there is not one row, and as Feed::bind does.
  Evaluation(Session& session, const Record& record, DataSet data, int64_t batch_size, uint32_t seed,
             std::vector<std::string> losses = {}, const AddProgram& add = {});
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  /// Means over all rows, each once, in their order: batches count as many times as they have rows. Random
  /// numbers are the same each time: batch b, from 0, draws those of the step first_step + b. `begins` is
  /// told each batch. Nothing if an interrupt came (io/interrupt.h).
  std::optional<std::vector<float>> run(const std::function<void(const Place&)>& begins = {});

  /// No training step comes that far.
  static constexpr uint32_t first_step = 1u << 31;

  const std::vector<std::string>& losses() const { return programs_.scalars(); }
  const Schedule& schedule() const { return schedule_; }

 private:
  Schedule schedule_;
  std::vector<int32_t> order_;
  BatchPrograms programs_;
};

}  // namespace cgan_jit::training
