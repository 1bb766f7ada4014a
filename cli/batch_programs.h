#pragma once

#include <map>
#include <span>
#include <vector>

#include "cli/logged_session.h"
#include "io/prepared.h"

namespace cgan_jit::cli {

/// What a program says of its batch.
struct Losses {
  float g = 0, d = 0;
};

/// Programs with the inputs and losses of models::training_step over one data set, compiled for batches of
/// one or several sizes.
class BatchPrograms {
 public:
  /// No batch has more than `most_rows`.
  BatchPrograms(LoggedSession& session, uint32_t seed, int64_t most_rows);
  BatchPrograms(const BatchPrograms&) = delete;
  BatchPrograms& operator=(const BatchPrograms&) = delete;

  /// Compiles the program of batches of so many rows.
  void add(const std::string& name, int64_t rows, const Recording& program);
  /// The data set of all programs that there are.
  void use(io::PreparedSet data);
  const io::PreparedSet& data() const { return data_; }

  /// Runs the program of so many rows, with random numbers of the seed and of `step`.
  Losses run(std::span<const int32_t> rows, uint32_t step);
  /// The same, with the times of its kernels.
  Losses run_timed(std::span<const int32_t> rows, uint32_t step, Runner::Times& times);

  Session::ProgramId id(int64_t rows) const { return programs_.at(rows).id; }

 private:
  struct Program {
    Session::ProgramId id;
    const float *g_loss, *d_loss;
    Losses losses() const { return {*g_loss, *d_loss}; }
  };
  const Program& begin(std::span<const int32_t> rows, uint32_t step);

  LoggedSession& session_;
  uint32_t seed_, step_ = 0;
  std::vector<int32_t> indices_;
  io::PreparedSet data_;
  std::map<int64_t, Program> programs_;  // by their batches' rows
};

}  // namespace cgan_jit::cli
