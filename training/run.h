#pragma once

#include <future>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "io/loss_log.h"
#include "io/progress.h"
#include "training/callback.h"
#include "training/loss.h"
#include "training/run_start.h"
#include "training/say.h"
#include "training/trainer.h"

namespace cgan_jit::training {

/// What a run computes, and for how long.
struct RunPlan {
  Record record;  // the training step
  ComingData data;
  int64_t batch_size = 64;
  Rest rest = Rest::shorter_batch;
  int64_t epochs = 1, steps = 0;    // in all; as many steps as `epochs` have when `steps` is 0
  uint32_t seed = 1;                // of first params, the order of the data, random numbers
  std::vector<Loss> losses = {};    // empty: every f32 scalar that the step gives out
  int64_t checkpoint_interval = 0;  // steps; 0: one at the end
  /// A JSON object of all that makes other numbers: it stands in config.json and in the checkpoints, and a
  /// run goes on only with an equal one, but for the keys that `may_change`. "batch_size", "seed" and
  /// "checkpoint_interval" are added where they are missing; the last may change.
  std::string config = "{}";
  std::set<std::string> may_change = {};

  // Nothing of this changes what is computed.
  AddProgram add = {};
  std::function<void(Runner::Times)> times = {};  // gets the times of every whole batch's kernels
  std::FILE* progress = stderr;                   // where the line of progress goes; null: nowhere
  Say tell = say_on_stderr, warn = say_on_stderr;

  Schedule schedule() const { return {data.count, batch_size, rest}; }
};

/// How a run ended that nothing stopped but an interrupt.
struct RunEnd {
  int64_t step = 0;   // the last one that was done
  int interrupt = 0;  // the signal that came before the run was done, or 0

  bool done() const { return interrupt == 0; }
  /// 0, or 128 + the signal.
  int exit_code() const { return interrupt == 0 ? 0 : 128 + interrupt; }
};

/// Numbers of the run are not finite any more; the text says since when, where it began, and which checkpoint
/// is good.
struct Diverged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A training in one piece, in a folder of its own: compiled once, then run to its end, an interrupt
/// (io::remember_interrupts), or what stops it. Its folder: see RunStart.
class Run {
 public:
  /// Throws Error when the run of the folder cannot go on by this plan as if it had never stopped: it has
  /// another configuration, or more steps already. The session outlives this.
  Run(Session& session, RunStart start, RunPlan plan);
  ~Run();

  /// Adds what is to be done beside the steps, in this order; before train().
  void add(std::unique_ptr<Callback> callback);

  /// Compiles, and brings the params to the step that the start begins from. Throws Error when the data are
  /// wrong, or others than those that the run has learned from. train() does it where nobody did.
  void prepare();

  /// Runs what is left. What a full disk or the like leaves room for is saved, and then io::WriteError
  /// thrown; numbers that are not finite are Diverged.
  RunEnd train();

  const std::filesystem::path& folder() const { return start_.folder.path(); }
  int64_t done() const { return done_; }  // steps
  int64_t last_step() const { return last_step_; }
  /// After prepare().
  const Trainer& trainer() const { return *trainer_; }

 private:
  std::string other_numbers() const;
  void expect_same_run() const;
  void load_params();
  void expect_same_data() const;
  void tidy() const;
  void run_steps();
  void step();
  std::span<const float> run_step();
  void show(std::span<const float> losses);
  void checkpoint();
  void save();
  void finish();
  // When it cannot go on:
  [[noreturn]] void rescue(const std::string& cause);
  [[noreturn]] void explain(const std::string& cause);
  void restore_last_good(const std::optional<Checkpoint>& checkpoint);

  Session& session_;
  RunStart start_;
  RunPlan plan_;
  Recipe recipe_;
  int64_t last_step_, first_done_, done_;  // steps: the end, when it began, and now
  int64_t saved_;                          // of the last checkpoint
  std::unique_ptr<Trainer> trainer_;
  std::shared_future<std::string> data_identity_;
  std::vector<std::unique_ptr<Callback>> callbacks_;
  std::optional<io::LossLog> log_;
  io::ProgressLine line_;
  double first_step_began_ = 0;
};

}  // namespace cgan_jit::training
