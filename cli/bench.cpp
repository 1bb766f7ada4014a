#include <CLI/CLI.hpp>

#include "cli/bench_chart.h"
#include "cli/bench_contests.h"
#include "cli/bench_depths.h"
#include "cli/bench_serve.h"
#include "cli/command.h"
#include "cli/layer_options.h"

namespace cgan_jit::cli {
namespace {

struct Mode {
  const char* flag;
  const char* help;
  void (*run)(const Bench&);
};

constexpr Mode modes[] = {
    {"--serve", "print ready, then for each line K read run K steps and print the seconds", serve_steps},
    {"--probe", "print ready, then for each line read print the FMA peak in GFLOP/s", serve_peak},
    {"--sweep", "other batches, widths and nets", sweep_sizes},
    {"--gflop", "print the least arithmetic of a step in GFLOP", print_least_gflop},
    {"--profile", "the time of every kernel, a step a round", profile_kernels},
    {"--ladder", "every optional pass, and each part of fuse, switched off alone, and all of them",
     climb_ladder},
    {"--scaling", "one thread, two, and so on, beside what as many can do at most", scale_threads}};

struct BenchRequest {
  std::shared_ptr<Layer> command_line;
  std::shared_ptr<CompilerOptions> compiler;
  Bench bench;
  void (*run)(const Bench&) = nullptr;  // without a mode
};

void add_measuring_options(CLI::App& app, Bench& bench) {
  constexpr const char* group = "Benchmark";
  app.add_option("--rounds", bench.rounds, "turns of every contestant")
      ->type_name("INT")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000))
      ->group(group);
  app.add_option("--turn", bench.turn_ms, "length of a turn in ms")
      ->type_name("REAL")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 60000.0))
      ->group(group);
  app.add_option("--model", bench.models,
                 "nets whose steps are measured, with commas between; a mode measures one (default: cgan)")
      ->type_name("NAME")
      ->delimiter(',')
      ->check(CLI::IsMember(nets_by_name()))
      ->group(group);
  app.add_flag_callback(
         "--layers",
         [&bench] {
           for (const auto& [name, net] : nets_by_name()) {
             if (name.starts_with("layer_")) bench.models.push_back(name);
           }
         },
         "the same as --model with all nets that are a layer alone")
      ->group(group);
  app.add_flag("--json", bench.json, "for programs")->group(group);
  app.add_option("--picture", bench.picture,
                 "where --chart draws: STEM.svg and STEM.png (default: the file's name)")
      ->type_name("STEM")
      ->group(group);
}

void add_modes(CLI::App& app, const std::shared_ptr<BenchRequest>& request) {
  CLI::Option_group* group = app.add_option_group("Mode");
  group->require_option(0, 1);
  for (const Mode& mode : modes)
    group->add_flag_callback(
        mode.flag, [request, run = mode.run] { request->run = run; }, mode.help);
  group
      ->add_option_function<int64_t>(
          "--depths",
          [request](int64_t deepest) {
            request->bench.deepest = deepest;
            request->run = measure_depths;
          },
          "what each pass takes for nets of 50, 100, 200, ... layers and steps, DEEPEST at most")
      ->type_name("DEEPEST")
      ->check(CLI::Range(50, 100000));
  group
      ->add_option_function<std::string>(
          "--chart",
          [request](const std::string& file) {
            request->bench.chart = file;
            request->run = draw_chart;
          },
          "measure nothing; draw what bench/compare.py wrote")
      ->type_name("FILE");
}

}  // namespace

Command add_bench(CLI::App& app) {
  auto request = std::make_shared<BenchRequest>();
  app.footer(
      "Without a mode: the steps of the nets that --model names, in turns; without that, fusion on against "
      "fusion off. x floor is the time over that of the least "
      "arithmetic at the FMA peak probed in the same round.\n"
      "--chart reads a JSON object: {\"machine\": {\"cpu\": TEXT, \"threads\": NUMBER}, \"contestants\": "
      "{NAME: "
      "{\"minutes_50_epochs\": NUMBER, \"median_of_ratios\": NUMBER}, ...}, \"elsewhere\": {NAME: "
      "{\"machine\": TEXT, \"minutes_50_epochs\": [LEAST, MOST]}, ...}}; \"elsewhere\" may be missing, other "
      "keys are not looked at.");
  add_measuring_options(app, request->bench);
  add_modes(app, request);
  request->command_line = add_layer_options(app, OptionScope::step);
  request->compiler = add_compiler_options(app);
  return [request] {
    Bench bench = request->bench;
    bench.config = merge({*request->command_line});
    bench.compiler = *request->compiler;
    const auto run = bench.models.empty() ? compare_fusion : measure_models;
    (request->run ? request->run : run)(bench);
    return 0;
  };
}

}  // namespace cgan_jit::cli
