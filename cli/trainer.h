#pragma once

#include <span>
#include <vector>

#include "cli/batch_programs.h"
#include "cli/config.h"
#include "cli/schedule.h"
#include "ir/interpret.h"

namespace cgan_jit::cli {

/// The compiled training step over a data set: programs for whole batches and, if asked for, for the last,
/// shorter batch of an epoch.
class Trainer {
 public:
  /// Compiles. `config` has its data set's classes; `last_step` says whether a shorter batch will come.
  Trainer(LoggedSession& session, const models::CganConfig& config, uint32_t seed, Schedule schedule,
          int64_t first_step, int64_t last_step);
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  void use(io::PreparedSet data) { programs_.use(std::move(data)); }

  /// Runs a step; steps count from 1.
  Losses run(int64_t step);
  /// The same, with the times of its kernels.
  Losses run_timed(int64_t step, Runner::Times& times);

  /// A step as the interpreter can run it: the graph that the session runs, over its own rows of the data set
  /// alone, and its inputs. Params are not among them.
  struct OnPaper {
    Graph graph;
    Environment<float> inputs;
  };
  OnPaper on_paper(int64_t step);

  Session::ProgramId whole() const { return programs_.id(schedule_.batch_size); }
  const Schedule& schedule() const { return schedule_; }

 private:
  void compile(const char* name, int64_t rows);
  std::span<const int32_t> rows_of(int64_t step);

  LoggedSession& session_;
  models::CganConfig config_;
  Schedule schedule_;
  uint32_t seed_;
  int64_t epoch_ = 0;           // whose order is at hand
  std::vector<int32_t> order_;  // of the epoch
  BatchPrograms programs_;
};

}  // namespace cgan_jit::cli
