#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "cli/checkpoint.h"
#include "cli/command.h"
#include "cli/compiler_options.h"
#include "cli/data.h"
#include "cli/layer_options.h"
#include "cli/loss_chart.h"
#include "cli/peak.h"
#include "cli/pictures.h"
#include "cli/profile.h"
#include "cli/trainer.h"
#include "frontend/init.h"
#include "io/grid.h"
#include "io/interrupt.h"
#include "io/loss_log.h"
#include "io/progress.h"
#include "io/run_folder.h"

namespace cgan_jit::cli {
namespace {

namespace fs = std::filesystem;

struct TrainRequest {
  std::shared_ptr<Layer> command_line;
  std::shared_ptr<CompilerOptions> compiler;
  fs::path config_file, out, resumed;
  DumpTarget dump;
  std::string stop_after;
  bool time_passes = false, profile = false, perf_map = false;
};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// A run in one piece: made once, then run to its end or to an interrupt.
class Run {
 public:
  Run(const TrainRequest& request, double started);
  int train();

 private:
  void compile(const Schedule& schedule);
  void load_params();
  void sample(int64_t step);
  void checkpoint(int64_t step);
  Trainer::Losses run_step(int64_t step);
  void report_profile() const;
  io::TrainingProgress progress(int64_t step, Trainer::Losses losses, double since) const;
  int report(int64_t done) const;

  bool is_due(int64_t step, int64_t interval) const { return interval > 0 && step % interval == 0; }

  double started_;
  std::optional<Checkpoint> resumed_;
  TrainConfig config_;
  DataFacts facts_;
  models::CganConfig model_;
  fs::path folder_;
  std::future<io::PreparedSet> data_;
  std::future<std::map<std::string, std::vector<float>>> first_params_;
  LoggedSession session_;
  std::optional<Trainer> trainer_;
  std::optional<Sampler> sampler_;
  std::future<void> picture_;  // the last one, as long as it is being written
  bool profiled_;
  Profile profile_;
  int64_t first_step_ = 1, last_step_ = 0, saved_ = -1;
};

std::optional<Checkpoint> resumed_checkpoint(const TrainRequest& request) {
  if (request.resumed.empty()) return {};
  return read_checkpoint(last_checkpoint(request.resumed));
}

TrainConfig configuration(const TrainRequest& request) {
  std::vector<Layer> layers;
  if (!request.resumed.empty()) layers.push_back(read_layer(request.resumed / "config.json"));
  if (!request.config_file.empty()) layers.push_back(read_layer(request.config_file));
  layers.push_back(*request.command_line);
  return merge(layers);
}

models::CganConfig with_classes(models::CganConfig model, const DataFacts& facts) {
  model.dataset_classes = facts.classes;
  return model;
}

SessionOptions session_options(const TrainRequest& request, const TrainConfig& config) {
  SessionOptions options = request.compiler->session(config.cpu, config.n_cpu);
  options.perf_map = request.perf_map;
  return options;
}

std::future<std::map<std::string, std::vector<float>>> draw_in_background(const models::CganConfig& model,
                                                                          uint32_t seed) {
  return std::async(std::launch::async,
                    [model, seed] { return nonzero_initial_params(models::params(model), seed); });
}

fs::path run_folder(const TrainRequest& request) {
  if (!request.resumed.empty()) return request.resumed;
  if (request.out.empty()) return io::make_numbered_folder("runs");
  io::make_fresh_folder(request.out);
  return request.out;
}

Run::Run(const TrainRequest& request, double started)
    : started_(started),
      resumed_(resumed_checkpoint(request)),
      config_(configuration(request)),
      facts_(inspect_data(config_.data, io::Split::train, config_.model.n_classes)),
      model_(with_classes(config_.model, facts_)),
      data_(prepare_in_background(facts_, model_.img_size, request.compiler->cache())),
      first_params_(resumed_ ? decltype(first_params_){} : draw_in_background(model_, config_.seed)),
      session_(session_options(request, config_), request.dump),
      profiled_(request.profile) {
  const Schedule schedule{facts_.count, model_.batch_size};
  if (resumed_) first_step_ = resumed_->step + 1;
  last_step_ = config_.steps > 0 ? config_.steps : config_.n_epochs * schedule.batches();
  if (first_step_ > last_step_) {
    throw Error("{}: step {} is done already, and the run ends at step {}; --steps says how many in all",
                request.resumed.string(), first_step_ - 1, last_step_);
  }
  folder_ = run_folder(request);
  fmt::print("{}: {}\n{}", resumed_ ? "resuming" : "training", folder_.string(), to_text(config_));
  compile(schedule);
  if (request.time_passes) fmt::print("{}", session_.log().times());
  std::fflush(stdout);
  load_params();
  trainer_->use(data_.get());
  io::write_file(folder_ / "config.json", to_json(config_));
}

void Run::compile(const Schedule& schedule) {
  const double begin = now();
  trainer_.emplace(session_, model_, config_.seed, schedule, first_step_, last_step_);
  const JitStats jit = session_.session().jit_stats();
  fmt::print("compiled for {}: {} kernels, {} of them cached, in {:.2f} s\n", session_.session().target().cpu,
             jit.kernels, jit.from_cache, now() - begin);
}

void Run::load_params() {
  if (resumed_) return restore(session_.session(), *resumed_);
  for (const auto& [name, values] : first_params_.get()) session_.session().set_param(name, values);
}

// Drawn at once, with the params of this step; the picture is made and written while training goes on.
void Run::sample(int64_t step) {
  if (!sampler_) sampler_.emplace(session_, model_, grid_labels(facts_.classes), config_.seed);
  if (picture_.valid()) picture_.get();
  const fs::path folder = folder_ / "samples";
  io::make_folder(folder);
  const int side = static_cast<int>(model_.img_size), columns = static_cast<int>(facts_.classes);
  picture_ = std::async(std::launch::async, [=, values = sampler_->draw()] {
    io::write_png(folder / fmt::format("{:06}.png", step), io::grid(values, grid_rows, columns, side, side));
  });
}

void Run::checkpoint(int64_t step) {
  if (saved_ == step) return;
  save_checkpoint(folder_, session_.session(), step, config_);
  saved_ = step;
}

// The last, shorter batch of an epoch is another program and stays out of the profile.
Trainer::Losses Run::run_step(int64_t step) {
  if (!profiled_ || trainer_->schedule().place(step).rows != model_.batch_size) return trainer_->run(step);
  Runner::Times times;
  const Trainer::Losses losses = trainer_->run_timed(step, times);
  profile_.add(std::move(times));
  return losses;
}

void Run::report_profile() const {
  PeakProbe probe(config_.cpu, team_size(config_.n_cpu));
  const LoweredProgram& step = session_.session().lowered(trainer_->whole());
  fmt::print("{}", profile_.table(step, probe.peaks()));
  io::write_file(folder_ / "trace.json", profile_.trace(step));
  fmt::print("trace for chrome://tracing or Perfetto: {}\n", (folder_ / "trace.json").string());
}

io::TrainingProgress Run::progress(int64_t step, Trainer::Losses losses, double since) const {
  const Schedule& schedule = trainer_->schedule();
  const Place place = schedule.place(step);
  const double rate = static_cast<double>(step - first_step_ + 1) / (now() - since);
  return {step,        last_step_,         place.epoch, schedule.place(last_step_).epoch,
          place.batch, schedule.batches(), losses.d,    losses.g,
          rate};
}

int Run::train() {
  io::LossLog log = resumed_ ? io::LossLog::continued(folder_ / "losses.csv", first_step_)
                             : io::LossLog(folder_ / "losses.csv");
  if (!resumed_ && config_.sample_interval > 0) sample(0);
  io::ProgressLine line(stderr, io::is_live_terminal());
  const double since = now();
  int64_t step = first_step_ - 1;
  while (step < last_step_ && !io::interrupt_received()) {
    const Trainer::Losses losses = run_step(++step);
    log.add(step, trainer_->schedule().place(step).epoch, losses.d, losses.g);
    if (line.due() || step == last_step_) line.show(io::to_text(progress(step, losses, since)));
    if (is_due(step, config_.sample_interval)) sample(step);
    if (is_due(step, config_.checkpoint_interval)) checkpoint(step);
  }
  line.finish();
  checkpoint(step);
  if (picture_.valid()) picture_.get();
  write_loss_chart(folder_);
  if (!profile_.empty()) report_profile();
  return report(step);
}

int Run::report(int64_t done) const {
  const int signal = io::interrupt_received();
  fmt::print("{} after step {}, {:.2f} s: losses.csv, losses.svg, samples/ and checkpoints/ in {}\n",
             signal == 0 ? "done" : "stopped", done, now() - started_, folder_.string());
  return signal == 0 ? 0 : 128 + signal;
}

/// Compiles the training step as far as the pass and prints what it made.
int stop_after(const TrainRequest& request) {
  const TrainConfig config = configuration(request);
  const DataFacts facts = inspect_data(config.data, io::Split::train, config.model.n_classes);
  const models::CganConfig model = with_classes(config.model, facts);
  PipelineOptions options;
  options.disabled = {request.compiler->disabled_passes.begin(), request.compiler->disabled_passes.end()};
  options.target = target_named(config.cpu);
  const Graph graph = models::training_step(model, model.batch_size, facts.count);
  PassLog log(request.dump);
  log.begin("training step", graph);
  bool reached = false;
  lower_program(graph, options,
                [&](std::string_view pass, double seconds, const std::function<std::string()>& text) {
                  if (reached) return;
                  reached = pass == request.stop_after;
                  log.pass(pass, seconds, text);
                  if (reached && !request.dump.wanted) fmt::print("{}", text());
                });
  if (!reached) throw Error("--stop-after: no pass '{}' runs", request.stop_after);
  if (request.time_passes) fmt::print("{}", log.times());
  return 0;
}

int train(const TrainRequest& request) {
  const double started = now();
  if (!request.stop_after.empty()) return stop_after(request);
  io::remember_interrupts();
  Run run(request, started);
  return run.train();
}

}  // namespace

Command add_train(CLI::App& app) {
  auto request = std::make_shared<TrainRequest>();
  app.footer("Precedence: command line, then the file of --config, then the preset, then the default.");
  request->command_line = add_layer_options(app, Scope::run);
  constexpr const char* group = "Files";
  app.add_option("--config", request->config_file, "options from a JSON file, as a run's config.json")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--out", request->out, "the run's folder, new or empty (default: the next number in runs/)")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--resume", request->resumed,
                 "go on with a run from its last checkpoint, as if it had never stopped")
      ->type_name("DIR")
      ->group(group)
      ->excludes("--out");
  request->compiler = add_compiler_options(app);
  constexpr const char* looking = "Looking inside";
  app.add_option_function<std::string>(
         "--dump-ir",
         [request](const std::string& folder) {
           request->dump = {true, folder};
         },
         "what every pass makes, the kernels and the memory plan: files in DIR, else on the terminal")
      ->type_name("[DIR]")
      ->expected(0, 1)
      ->group(looking);
  app.add_option("--stop-after", request->stop_after,
                 "print what this pass makes of the training step, and end")
      ->type_name("PASS")
      ->group(looking);
  app.add_flag("--time-passes", request->time_passes, "print how long each pass takes")->group(looking);
  app.add_flag("--profile", request->profile,
               "time every kernel; print a table and write trace.json for Perfetto")
      ->group(looking);
  app.add_flag("--perf-map", request->perf_map, "name the kernels for Linux perf, in /tmp/perf-PID.map")
      ->group(looking);
  return [request] { return train(*request); };
}

}  // namespace cgan_jit::cli
