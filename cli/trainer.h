#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "cli/config.h"
#include "cli/logged_session.h"
#include "io/prepared.h"
#include "ir/interpret.h"

namespace cgan_jit::cli {

/// Where a step stands in its epoch; all count from 1 but `first_row`.
struct Place {
  int64_t epoch = 0, batch = 0;
  int64_t first_row = 0;  // into the epoch's order
  int64_t rows = 0;
};

/// How the data set is cut into steps: whole batches, then a shorter one if something is left.
struct Schedule {
  int64_t count = 0, batch_size = 0;

  int64_t batches() const { return (count + batch_size - 1) / batch_size; }
  Place place(int64_t step) const;
};

/// The compiled training step over a data set: the session's programs for whole batches and, if asked for,
/// for the last, shorter batch of an epoch.
class Trainer {
 public:
  /// Compiles. `config` has its data set's classes; `last_step` says whether a shorter batch will come.
  Trainer(LoggedSession& session, const models::CganConfig& config, uint32_t seed, Schedule schedule,
          int64_t first_step, int64_t last_step);
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  void use(io::PreparedSet data);

  struct Losses {
    float g = 0, d = 0;
  };
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

  Session::ProgramId whole() const { return whole_->id; }
  const Schedule& schedule() const { return schedule_; }

 private:
  struct StepProgram {
    Session::ProgramId id;
    const float *g_loss, *d_loss;
  };
  StepProgram compile(const char* name, int64_t rows);
  const StepProgram& program_for(const Place& place) const;
  const StepProgram& begin(int64_t step);

  LoggedSession& session_;
  models::CganConfig config_;
  Schedule schedule_;
  uint32_t seed_, step_ = 0;
  int64_t epoch_ = 0;                     // whose order is at hand
  std::vector<int32_t> order_, indices_;  // of the epoch; of the step
  io::PreparedSet data_;
  std::optional<StepProgram> whole_, shorter_;
};

}  // namespace cgan_jit::cli
