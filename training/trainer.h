#pragma once

#include <span>
#include <string>
#include <vector>

#include "training/batch_programs.h"
#include "training/schedule.h"

namespace cgan_jit::training {

/// A net's training step, and the rows that each step learns from.
struct Recipe {
  Record record;
  Schedule schedule;
  uint32_t seed = 1;                     // of the order of each epoch, and of the step's random numbers
  std::vector<std::string> losses = {};  // f32 scalars that the step gives out; empty: all
};

/// The training step over a data set, compiled for whole batches and for the shorter one that ends an epoch.
class Trainer {
 public:
  /// Compiles what the steps first .. last need. Throws Error when the data set has not one batch.
  Trainer(Session& session, Recipe recipe, int64_t first_step, int64_t last_step, const AddProgram& add = {});
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Throws Error when it has not as many rows as the schedule, and as Feed::bind does.
  void use(DataSet data);

  /// Runs the step and gives its losses, until the next run. Steps count from 1; the same step of the same
  /// params gives the same bits, whatever ran before.
  std::span<const float> run(int64_t step);
  /// The same, with the times of its kernels.
  std::span<const float> run_timed(int64_t step, Runner::Times& times);

  /// A step as the interpreter can run it: the graph that the session runs, over the batch alone where it can
  /// be recorded so, and its inputs. Params are not among them.
  struct OnPaper {
    Graph graph;
    Environment<float> inputs;
  };
  OnPaper on_paper(int64_t step);

  const std::vector<std::string>& losses() const { return programs_.scalars(); }
  const Schedule& schedule() const { return recipe_.schedule; }
  /// The program of whole batches.
  Session::ProgramId whole() const { return programs_.id(recipe_.schedule.batch_size); }

 private:
  std::span<const int32_t> rows_of(int64_t step);

  Session& session_;
  Recipe recipe_;
  int64_t epoch_ = 0;           // whose order is at hand
  std::vector<int32_t> order_;  // of the epoch
  BatchPrograms programs_;
};

}  // namespace cgan_jit::training
