#include "cli/training_run.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdio>

#include "cli/checkpoint_folder.h"
#include "cli/divergence.h"
#include "cli/finite.h"
#include "cli/loss_chart.h"
#include "cli/peak.h"
#include "cli/run_pictures.h"
#include "io/interrupt.h"
#include "io/process.h"

namespace cgan_jit::cli {
namespace {

SessionOptions session_options(const RunOptions& given, const TrainConfig& config) {
  SessionOptions options = given.compiler.session(config.cpu, config.n_cpu);
  options.perf_map = given.perf_map;
  return options;
}

}  // namespace

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

TrainingRun::TrainingRun(RunStart start, const RunOptions& options, double started)
    : started_(started),
      start_(std::move(start)),
      config_(start_.config),
      model_(with_classes(config_.model, start_.facts)),
      folder_(start_.folder.path()),
      data_(prepare_in_background(start_.facts, model_.img_size, options.compiler.cache())),
      session_(session_options(options, config_), options.dump),
      tests_(session_, model_, start_, options.compiler.cache()),
      pictures_(folder_, static_cast<int>(start_.facts.classes), static_cast<int>(model_.img_size)),
      line_(stderr, io::is_live_terminal()),
      first_done_(start_.done()),
      done_(first_done_),
      saved_(done_),
      profiled_(options.profile) {
  io::say(stdout, fmt::format("{}: {}\n{}", start_.from ? "resuming" : "training", folder_.string(),
                              to_text(config_)));
  compile();
  if (options.time_passes) io::say(stdout, session_.log().times());
  load_params();
  io::PreparedSet data = data_.get();
  data_identity_ = std::async([data] { return identity_of(data); });
  trainer_->use(std::move(data));
  expect_same_data();
  keep_config(start_);
}

void TrainingRun::compile() {
  const double begin = seconds_now();
  trainer_.emplace(session_, model_, config_.seed, start_.schedule(), done_ + 1, start_.last_step);
  const JitStats jit = session_.session().jit_stats();
  io::say(stdout,
          fmt::format("compiled for {}: {} kernels, {} of them cached, in {:.2f} s\n",
                      session_.session().target().cpu, jit.kernels, jit.from_cache, seconds_now() - begin));
}

void TrainingRun::load_params() {
  if (start_.from) return restore(session_.session(), *start_.from);
  session_.session().initialize(config_.seed);
}

void TrainingRun::expect_same_data() {
  if (!start_.from || start_.from->data.empty() || start_.from->data == data_identity_.get()) return;
  throw Error("{}: cannot go on as if it had never stopped: the data are {}, not {}; a new run can",
              folder_.string(), data_identity_.get(), start_.from->data);
}

int TrainingRun::train() {
  try {
    run_steps();
  } catch (const io::WriteError& error) { rescue(error.what()); } catch (const NotFinite& error) {
    explain(error.what());
  }
  return report();
}

void TrainingRun::run_steps() {
  log_.emplace(folder_ / "losses.csv", done_);
  if (log_->missing() > 0) {
    io::say(stderr, fmt::format("cgan_jit: warning: {}: the lines of {} steps are lost\n",
                                (folder_ / "losses.csv").string(), log_->missing()));
  }
  tests_.begin(done_);
  start_.from.reset();
  if (is_due(done_, config_.sample_interval) && !pictures_.has(done_)) draw();
  tests_.after(done_, line_);
  first_step_began_ = seconds_now();
  while (done_ < start_.last_step && !io::interrupt_received()) step();
  line_.finish();
  finish();
}

void TrainingRun::step() {
  const Losses losses = run_step();
  ++done_;
  if (!std::isfinite(losses.d) || !std::isfinite(losses.g))
    throw NotFinite("the losses are D {}, G {}", losses.d, losses.g);
  log_->add({done_, trainer_->schedule().epoch(done_), losses.d, losses.g});
  if (line_.due() || done_ == start_.last_step) show(losses);
  if (is_due(done_, config_.sample_interval)) draw();
  tests_.after(done_, line_);
  if (is_due(done_, config_.checkpoint_interval)) checkpoint();
}

// The last, shorter batch of an epoch is another program and stays out of the profile.
Losses TrainingRun::run_step() {
  const int64_t next = done_ + 1;
  if (!profiled_ || trainer_->schedule().place(next).rows != model_.batch_size) return trainer_->run(next);
  Runner::Times times;
  const Losses losses = trainer_->run_timed(next, times);
  profile_.add(std::move(times));
  return losses;
}

void TrainingRun::show(Losses losses) {
  const Schedule& schedule = trainer_->schedule();
  const Place place = schedule.place(done_);
  const double rate = static_cast<double>(done_ - first_done_) / (seconds_now() - first_step_began_);
  line_.show(io::to_text({done_, start_.last_step, place.epoch, schedule.place(start_.last_step).epoch,
                          place.batch, schedule.batches(), losses.d, losses.g, rate}) +
             tests_.text());
}

// Drawn at once, with the params of this step.
void TrainingRun::draw() {
  if (!sampler_) sampler_.emplace(session_, model_, grid_labels(start_.facts.classes), config_.seed);
  pictures_.write(done_, sampler_->draw());
}

// All that the run owes up to its step is on the disk before the checkpoint is: whoever goes on from there
// cannot make it.
void TrainingRun::checkpoint() {
  if (saved_ == done_) return;
  pictures_.wait();
  log_->sync();
  tests_.sync();
  save();
}

void TrainingRun::save() {
  save_checkpoint(checkpoint_file(folder_, done_), session_.session(), done_, config_, data_identity_.get());
  saved_ = done_;
  settle_checkpoints(folder_, done_, config_.checkpoint_interval);
}

void TrainingRun::finish() {
  checkpoint();
  pictures_.wait();
  write_loss_charts(folder_);
  write_run_pictures_or_warn(folder_);
  if (!profile_.empty()) report_profile();
}

int TrainingRun::report() const {
  const bool done = done_ == start_.last_step;
  io::say(stdout,
          fmt::format("{} after step {}, {:.2f} s: losses.csv, losses.svg, samples/ and checkpoints/ in {}\n",
                      done ? "done" : "stopped", done_, seconds_now() - started_, folder_.string()));
  return done ? 0 : 128 + io::interrupt_received();
}

void TrainingRun::report_profile() const {
  PeakProbe probe(config_.cpu, team_size(config_.n_cpu));
  const LoweredProgram& step = session_.session().lowered(trainer_->whole());
  io::say(stdout, profile_.table(step, probe.peaks()));
  io::write_file(folder_ / "trace.json", profile_.trace(step));
  io::say(stdout,
          fmt::format("trace for chrome://tracing or Perfetto: {}\n", (folder_ / "trace.json").string()));
}

}  // namespace cgan_jit::cli
