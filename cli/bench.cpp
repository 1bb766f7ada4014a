#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/compiler_options.h"
#include "cli/data.h"
#include "cli/layer_options.h"
#include "cli/measure.h"
#include "cli/statistics.h"
#include "models/classifier.h"

namespace cgan_jit::cli {
namespace {

struct BenchRequest {
  std::shared_ptr<Layer> command_line;
  std::shared_ptr<CompilerOptions> compiler;
  int64_t rounds = 20;
  double arm_ms = 80;
  std::string net = "cgan";
  bool json = false, serve = false, probe = false, sweep = false, ladder = false, scaling = false,
       gflop = false;
};

/// The request, resolved: what is measured and on what.
struct Bench {
  explicit Bench(const BenchRequest& given)
      : request(given), config(merge({*given.command_line})), threads(team_size(config.n_cpu)) {}

  SessionOptions options(std::set<std::string> disabled = {}, bool fused_updates = false) const {
    SessionOptions all = request.compiler->session(config.cpu, threads);
    all.disabled_passes.merge(disabled);
    all.fused_updates = fused_updates;
    return all;
  }

  io::PreparedSet data(const models::CganConfig& model) const {
    const DataFacts facts = inspect_data(config.data, io::Split::train, model.n_classes);
    return prepare_in_background(facts, model.img_size, request.compiler->cache()).get();
  }

  const BenchRequest& request;
  TrainConfig config;
  int threads;
};

StepProgram cgan_step(const models::CganConfig& model, int64_t data_count) {
  return {"cgan", models::training_step(model, model.batch_size, data_count), model.batch_size,
          models::least_gflop(model, model.batch_size), models::initial_params(model, 1)};
}

// Forward, weight gradients, and input gradients of all layers but the first.
double least_gflop(const models::ClassifierConfig& model, int64_t batch) {
  int64_t in = model.pixels, products = -in * model.widths.front();
  std::vector<int64_t> outs = model.widths;
  outs.push_back(model.classes);
  for (int64_t out : outs) {
    products += 3 * in * out;
    in = out;
  }
  return 2e-9 * static_cast<double>(batch * products);
}

StepProgram classifier_step(int64_t batch, int64_t data_count) {
  const models::ClassifierConfig model;
  return {"classifier", models::training_step(model, batch, data_count), batch, least_gflop(model, batch),
          models::initial_params(model, 1)};
}

Arm make_arm(std::string name, SessionOptions options, const StepProgram& step, const io::PreparedSet& data) {
  return {std::move(name), std::make_unique<StepLoop>(std::move(options), step, data), step.gflop, {}};
}

Measurement run(const Bench& bench, std::vector<Arm> arms) {
  Measurement measurement{std::move(arms), {}};
  PeakProbe probe(bench.config.cpu, bench.threads);
  measure(measurement, probe, bench.request.rounds, bench.request.arm_ms * 1e-3);
  return measurement;
}

std::string row(const Measurement& measurement, const Arm& arm) {
  const LoweredProgram& lowered = arm.loop->lowered();
  const double ms = median(arm.ms);
  const std::vector<double> floors = measurement.x_floor(arm);
  return fmt::format("{:<26} {:8.3f} {:8.3f} {:8.3f} {:7.3f} {:6.1f} {:7.3f} {:7.3f} {:7} {:8} {:11}\n",
                     arm.name, ms, least(arm.ms), most(arm.ms), arm.gflop,
                     100 * median(floors) > 0 ? 100 / median(floors) : 0, median(floors), least(floors),
                     lowered.kernels.size(), lowered.phases.size(), lowered.memory.planned);
}

std::string heading() {
  return fmt::format("{:<26} {:>8} {:>8} {:>8} {:>7} {:>6} {:>7} {:>7} {:>7} {:>8} {:>11}\n", "step", "ms",
                     "min", "max", "GFLOP", "peak %", "x floor", "min", "kernels", "barriers", "bytes");
}

std::string table(const Bench& bench, const Measurement& measurement) {
  std::string text = fmt::format(
      "{} threads, {}, batch {}; {} rounds; FMA peak {:.1f} GFLOP/s ({:.1f} .. {:.1f})\n", bench.threads,
      measurement.arms.front().loop->target().cpu, bench.config.model.batch_size, bench.request.rounds,
      median(measurement.peak_gflops), least(measurement.peak_gflops), most(measurement.peak_gflops));
  text += heading();
  for (const Arm& arm : measurement.arms) text += row(measurement, arm);
  return text;
}

nlohmann::ordered_json arm_json(const Measurement& measurement, const Arm& arm) {
  const LoweredProgram& lowered = arm.loop->lowered();
  const std::vector<double> floors = measurement.x_floor(arm);
  return {{"name", arm.name},
          {"step_ms", median(arm.ms)},
          {"step_ms_min", least(arm.ms)},
          {"step_ms_max", most(arm.ms)},
          {"gflop", arm.gflop},
          {"x_floor", median(floors)},
          {"x_floor_min", least(floors)},
          {"kernels", lowered.kernels.size()},
          {"barriers", lowered.phases.size()},
          {"bytes_planned", lowered.memory.planned},
          {"bytes_unplanned", lowered.memory.unplanned},
          {"bytes_lower_bound", lowered.memory.lower_bound}};
}

nlohmann::ordered_json to_json(const Bench& bench, const Measurement& measurement) {
  nlohmann::ordered_json json{{"threads", bench.threads},
                              {"cpu", measurement.arms.front().loop->target().cpu},
                              {"batch_size", bench.config.model.batch_size},
                              {"rounds", bench.request.rounds},
                              {"peak_gflops", median(measurement.peak_gflops)},
                              {"peak_gflops_min", least(measurement.peak_gflops)},
                              {"peak_gflops_max", most(measurement.peak_gflops)}};
  for (const Arm& arm : measurement.arms) json["arms"].push_back(arm_json(measurement, arm));
  return json;
}

void print_result(const Bench& bench, const Measurement& measurement, const nlohmann::ordered_json& json,
                  const std::string& more) {
  if (bench.request.json) {
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("{}{}", table(bench, measurement), more);
  }
}

/// Fusion on, off, and off with each param's Adam in one kernel.
int compare_fusion(const Bench& bench) {
  const io::PreparedSet data = bench.data(bench.config.model);
  const StepProgram step = cgan_step(bench.config.model, data.count);
  std::vector<Arm> arms;
  arms.push_back(make_arm("fused", bench.options(), step, data));
  arms.push_back(make_arm("unfused", bench.options({"fuse"}), step, data));
  arms.push_back(make_arm("unfused, one-kernel Adam", bench.options({"fuse"}, true), step, data));
  const Measurement measurement = run(bench, std::move(arms));
  const Arm &fused = measurement.arms[0], &unfused = measurement.arms[1], &adam1 = measurement.arms[2];
  const auto speedup = Measurement::ratios(unfused, fused), speedup_adam1 = Measurement::ratios(adam1, fused);
  const auto floors = measurement.x_floor(fused);

  nlohmann::ordered_json json = to_json(bench, measurement);
  json["step_ms"] = median(fused.ms);
  json["step_ms_min"] = least(fused.ms);
  json["unfused_step_ms"] = median(unfused.ms);
  json["unfused_adam1_step_ms"] = median(adam1.ms);
  json["fusion_speedup"] = median(speedup);
  json["fusion_speedup_min"] = least(speedup);
  json["fusion_speedup_adam1"] = median(speedup_adam1);
  json["fusion_speedup_adam1_min"] = least(speedup_adam1);
  json["gflop"] = fused.gflop;
  json["x_floor"] = median(floors);
  json["x_floor_min"] = least(floors);
  json["share_of_peak"] = 1 / median(floors);
  print_result(bench, measurement, json,
               fmt::format("fusion on against off: {:.3f} x ({:.3f} .. {:.3f}); against off with one-kernel "
                           "Adam: {:.3f} x ({:.3f} .. {:.3f})\n",
                           median(speedup), least(speedup), most(speedup), median(speedup_adam1),
                           least(speedup_adam1), most(speedup_adam1)));
  return 0;
}

/// Each optional pass, and each part of one, switched off alone, and all of them.
int climb_ladder(const Bench& bench) {
  const io::PreparedSet data = bench.data(bench.config.model);
  const StepProgram step = cgan_step(bench.config.model, data.count);
  std::vector<Arm> arms;
  std::set<std::string> all;
  arms.push_back(make_arm("all passes", bench.options(), step, data));
  for (const PassInfo& pass : pass_list) {
    if (!pass.optional) continue;
    all.insert(pass.name);
    arms.push_back(make_arm(fmt::format("without {}", pass.name), bench.options({pass.name}), step, data));
  }
  for (const PassInfo& part : part_list)
    arms.push_back(make_arm(fmt::format("without {}", part.name), bench.options({part.name}), step, data));
  arms.push_back(make_arm("without any pass", bench.options(all), step, data));
  const Measurement measurement = run(bench, std::move(arms));

  nlohmann::ordered_json json = to_json(bench, measurement);
  std::string more = "times longer than with all passes:\n";
  for (size_t i = 1; i < measurement.arms.size(); ++i) {
    const auto ratios = Measurement::ratios(measurement.arms[i], measurement.arms[0]);
    json["arms"][i]["times_longer"] = median(ratios);
    more += fmt::format("  {:<24} {:7.3f}  ({:.3f} .. {:.3f})\n", measurement.arms[i].name, median(ratios),
                        least(ratios), most(ratios));
  }
  print_result(bench, measurement, json, more);
  return 0;
}

/// The step by a number of threads, and what as many can do at most.
struct Crew {
  Crew(const Bench& bench, int count, const StepProgram& step, const io::PreparedSet& data)
      : threads(count), probe(bench.config.cpu, count), loop(options_for(bench, count), step, data) {}

  static SessionOptions options_for(const Bench& bench, int count) {
    SessionOptions options = bench.options();
    options.threads = count;
    return options;
  }

  void take_turn(double seconds) {
    const double step = loop.seconds(1), before = probe.gflops();
    const int64_t steps = std::max<int64_t>(1, std::lround(seconds / step));
    ms.push_back(loop.seconds(steps) / static_cast<double>(steps) * 1e3);
    gflops.push_back((before + probe.gflops()) / 2);
  }

  int threads;
  PeakProbe probe;
  StepLoop loop;
  std::vector<double> ms, gflops;  // a round
};

/// Per round, a's value over b's.
std::vector<double> quotients(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result;
  for (size_t i = 0; i < a.size(); ++i) result.push_back(a[i] / b[i]);
  return result;
}

/// The step by one thread, two, and so on, in turns.
int scale_threads(const Bench& bench) {
  const io::PreparedSet data = bench.data(bench.config.model);
  const StepProgram step = cgan_step(bench.config.model, data.count);
  std::vector<std::unique_ptr<Crew>> crews;
  for (int count = 1; count <= bench.threads; ++count)
    crews.push_back(std::make_unique<Crew>(bench, count, step, data));
  for (int64_t round = 0; round < bench.request.rounds; ++round) {
    for (const auto& crew : crews) crew->take_turn(bench.request.arm_ms * 1e-3);
  }
  nlohmann::ordered_json json{{"cpu", crews[0]->loop.target().cpu}, {"rounds", bench.request.rounds}};
  std::string text = fmt::format("{:>7} {:>9} {:>9} {:>12} {:>15} {:>7}\n", "threads", "ms", "GFLOP/s",
                                 "times faster", "peak rises by", "share");
  for (const auto& crew : crews) {
    const double faster = median(quotients(crews[0]->ms, crew->ms));
    const double rises = median(quotients(crew->gflops, crews[0]->gflops));
    text += fmt::format("{:>7} {:9.3f} {:9.1f} {:12.3f} {:15.3f} {:7.3f}\n", crew->threads, median(crew->ms),
                        median(crew->gflops), faster, rises, faster / rises);
    json["crews"].push_back({{"threads", crew->threads},
                             {"step_ms", median(crew->ms)},
                             {"peak_gflops", median(crew->gflops)},
                             {"times_faster", faster},
                             {"peak_rises_by", rises},
                             {"share", faster / rises}});
  }
  fmt::print("{}", bench.request.json ? json.dump(2) + "\n" : text);
  return 0;
}

std::vector<int64_t> scaled(std::vector<int64_t> widths, double factor) {
  for (int64_t& width : widths) width = static_cast<int64_t>(static_cast<double>(width) * factor);
  return widths;
}

/// Other sizes than the report's, and a net that is no GAN.
int sweep_sizes(const Bench& bench) {
  const models::CganConfig base = bench.config.model;
  const io::PreparedSet data = bench.data(base);
  std::vector<Arm> arms;
  const auto add = [&](const std::string& name, const models::CganConfig& model) {
    arms.push_back(make_arm(name, bench.options(), cgan_step(model, data.count), data));
  };
  add(fmt::format("batch {}", base.batch_size), base);
  for (int64_t batch : {16, 50, 128, 256, 1024}) {
    models::CganConfig model = base;
    model.batch_size = batch;
    add(fmt::format("batch {}", batch), model);
  }
  for (double factor : {2.0, 0.5}) {
    models::CganConfig model = base;
    model.generator_widths = scaled(base.generator_widths, factor);
    model.discriminator_widths = scaled(base.discriminator_widths, factor);
    add(fmt::format("widths x {}", factor), model);
  }
  models::CganConfig ten = base;
  ten.n_classes = 10;
  add("n_classes 10", ten);
  models::CganConfig small = base;
  small.img_size = 28;
  const io::PreparedSet plain = bench.data(small);
  arms.push_back(
      make_arm("784-1000-1000-10", bench.options(), classifier_step(base.batch_size, plain.count), plain));
  const Measurement measurement = run(bench, std::move(arms));

  nlohmann::ordered_json json = to_json(bench, measurement);
  const Arm& first = measurement.arms[0];
  std::string more = fmt::format("against {}: work, time, time per work\n", first.name);
  for (size_t i = 0; i < measurement.arms.size(); ++i) {
    const Arm& arm = measurement.arms[i];
    const double work = arm.gflop / first.gflop, time = median(Measurement::ratios(arm, first));
    json["arms"][i]["work"] = work;
    json["arms"][i]["time"] = time;
    more += fmt::format("  {:<20} {:8.3f} {:8.3f} {:8.3f}\n", arm.name, work, time, time / work);
  }
  print_result(bench, measurement, json, more);
  return 0;
}

/// The step of --net, with its data.
struct Served {
  StepProgram step;
  io::PreparedSet data;
};

Served served_step(const Bench& bench) {
  models::CganConfig model = bench.config.model;
  if (bench.request.net == "classifier") model.img_size = 28;
  const io::PreparedSet data = bench.data(model);
  if (bench.request.net == "classifier") return {classifier_step(model.batch_size, data.count), data};
  return {cgan_step(model, data.count), data};
}

/// For each line K of standard input: K steps, and the seconds that they took. The first word is "ready".
int serve_steps(const Bench& bench) {
  const Served served = served_step(bench);
  StepLoop loop(bench.options(), served.step, served.data);
  loop.seconds(5);
  std::cout << "ready" << std::endl;
  for (int64_t steps = 0; std::cin >> steps;)
    std::cout << fmt::format("{}", loop.seconds(steps)) << std::endl;
  return 0;
}

/// The same protocol; the answer to any line is the peak in GFLOP/s.
int serve_peak(const Bench& bench) {
  PeakProbe probe(bench.config.cpu, bench.threads);
  probe.gflops();
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);)
    std::cout << fmt::format("{}", probe.gflops()) << std::endl;
  return 0;
}

int print_least_gflop(const Bench& bench) {
  const models::CganConfig& model = bench.config.model;
  const bool classifier = bench.request.net == "classifier";
  fmt::print("{}\n", classifier ? least_gflop(models::ClassifierConfig{}, model.batch_size)
                                : models::least_gflop(model, model.batch_size));
  return 0;
}

int bench(const BenchRequest& request) {
  const Bench resolved(request);
  if (request.serve) return serve_steps(resolved);
  if (request.probe) return serve_peak(resolved);
  if (request.gflop) return print_least_gflop(resolved);
  if (request.sweep) return sweep_sizes(resolved);
  if (request.ladder) return climb_ladder(resolved);
  if (request.scaling) return scale_threads(resolved);
  return compare_fusion(resolved);
}

}  // namespace

Command add_bench(CLI::App& app) {
  auto request = std::make_shared<BenchRequest>();
  app.footer(
      "Without a mode: fusion on against fusion off, in turns. x floor is the "
      "time over that of the "
      "least arithmetic at the FMA peak probed in the same round.");
  constexpr const char* group = "Benchmark";
  app.add_option("--rounds", request->rounds, "turns of every contestant")
      ->type_name("INT")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000))
      ->group(group);
  app.add_option("--turn", request->arm_ms, "length of a turn in ms")
      ->type_name("REAL")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 60000.0))
      ->group(group);
  app.add_option("--net", request->net, "whose step --serve runs and --gflop counts")
      ->type_name("NAME")
      ->capture_default_str()
      ->check(CLI::IsMember({"cgan", "classifier"}))
      ->group(group);
  app.add_flag("--json", request->json, "for programs")->group(group);
  CLI::Option_group* mode = app.add_option_group("Mode");
  mode->require_option(0, 1);
  mode->add_flag("--serve", request->serve,
                 "print ready, then for each line K read run K steps and print the seconds");
  mode->add_flag("--probe", request->probe,
                 "print ready, then for each line read print the FMA peak in GFLOP/s");
  mode->add_flag("--sweep", request->sweep, "other batches, widths and nets");
  mode->add_flag("--gflop", request->gflop, "print the least arithmetic of a step in GFLOP");
  mode->add_flag("--ladder", request->ladder,
                 "every optional pass, and each part of fuse, switched off alone, and all of them");
  mode->add_flag("--scaling", request->scaling,
                 "one thread, two, and so on, beside what as many can do at most");
  request->command_line = add_layer_options(app, Scope::step);
  request->compiler = add_compiler_options(app);
  return [request] { return bench(*request); };
}

}  // namespace cgan_jit::cli
