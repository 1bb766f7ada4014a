#include "cli/gan_run.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/gan.h"
#include "cli/peak.h"
#include "training/sample_grids.h"

namespace cgan_jit::cli {
namespace {

SessionOptions session_options(const RunOptions& given, const TrainConfig& config) {
  SessionOptions options = given.compiler.session(config.cpu, config.n_cpu);
  options.perf_map = given.perf_map;
  return options;
}

void print_line(const std::string& line) { io::say(stdout, line + "\n"); }
void warn(const std::string& line) { io::say(stderr, "cgan_jit: warning: " + line + "\n"); }

}  // namespace

GanRun::GanRun(GanStart start, const RunOptions& options, double started)
    : started_(started),
      config_(std::move(start.config)),
      facts_(std::move(start.facts)),
      model_(with_classes(config_.model, facts_)),
      session_(session_options(options, config_), options.dump),
      run_(session_.session(), std::move(start.run), plan(options)) {
  io::say(stdout, fmt::format("{}: {}\n{}", run_.done() > 0 ? "resuming" : "training", run_.folder().string(),
                              to_text(config_)));
  const int classes = static_cast<int>(facts_.classes), side = static_cast<int>(model_.img_size);
  run_.add(std::make_unique<training::SampleGrids>(run_.folder(),
                                                   training::GridShape{grid_rows, classes, side},
                                                   config_.sample_interval, [this] { return draw(); }));
  run_.add(std::make_unique<training::TestLosses>(session_.session(), run_.folder(),
                                                  tests(options.compiler.cache())));
  run_.prepare();
  const JitStats jit = session_.session().jit_stats();
  io::say(stdout, fmt::format("compiled for {}: {} kernels, {} of them cached, in {:.2f} s\n",
                              session_.session().target().cpu, jit.kernels, jit.from_cache, compiling_));
  if (options.time_passes) io::say(stdout, session_.log().times());
}

training::RunPlan GanRun::plan(const RunOptions& options) {
  training::RunPlan plan{
      .record = gan_step(model_),
      .data = {facts_.count, data_in_background(facts_, model_.img_size, options.compiler.cache())}};
  plan.batch_size = model_.batch_size;
  plan.epochs = config_.n_epochs;
  plan.steps = config_.steps;
  plan.seed = config_.seed;
  plan.losses = gan_losses();
  plan.checkpoint_interval = config_.checkpoint_interval;
  plan.config = to_json(config_);
  plan.may_change = conduct_keys();
  plan.add = timed_add();
  if (options.profile) plan.times = [this](Runner::Times times) { profile_.add(std::move(times)); };
  plan.tell = print_line;
  plan.warn = warn;
  return plan;
}

training::AddProgram GanRun::timed_add() {
  return [this](const std::string& name, const Recording& program) {
    const double begin = io::seconds_now();
    const Session::ProgramId id = session_.add(name, program);
    compiling_ += io::seconds_now() - begin;
    return id;
  };
}

training::TestPlan GanRun::tests(const std::filesystem::path& cache_dir) {
  const training::Schedule training{facts_.count, model_.batch_size};
  training::TestPlan tests{.record = gan_evaluation(model_),
                           .batch_size = model_.batch_size,
                           .seed = config_.seed,
                           .losses = gan_losses(),
                           .interval = config_.test_interval < 0 ? training.batches() : config_.test_interval,
                           .training = training,
                           .add = timed_add(),
                           .tell = print_line};
  if (tests.interval > 0) tests.data = test_data_in_background(config_.data, model_, cache_dir);
  return tests;
}

std::vector<float> GanRun::draw() {
  if (!sampler_) sampler_.emplace(session_, model_, grid_labels(facts_.classes), config_.seed);
  return sampler_->draw();
}

int GanRun::train() {
  const training::RunEnd end = run_.train();
  if (!profile_.empty()) report_profile();
  io::say(stdout,
          fmt::format("{} after step {}, {:.2f} s: losses.csv, losses.svg, samples/ and checkpoints/ in {}\n",
                      end.done() ? "done" : "stopped", end.step, io::seconds_now() - started_,
                      run_.folder().string()));
  return end.exit_code();
}

void GanRun::report_profile() const {
  PeakProbe probe(config_.cpu, team_size(config_.n_cpu));
  const LoweredProgram& step = session_.session().lowered(run_.trainer().whole());
  const std::filesystem::path trace = run_.folder() / "trace.json";
  io::say(stdout, profile_.table(step, probe.peaks(), session_.session().target()));
  io::write_file(trace, profile_.trace(step));
  io::say(stdout, fmt::format("trace for chrome://tracing or Perfetto: {}\n", trace.string()));
}

}  // namespace cgan_jit::cli
