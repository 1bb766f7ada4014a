#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/gan_run.h"
#include "cli/layer_options.h"
#include "cli/stop_after.h"
#include "io/interrupt.h"

namespace cgan_jit::cli {
namespace {

struct TrainRequest {
  std::shared_ptr<Layer> command_line;
  std::shared_ptr<CompilerOptions> compiler;
  std::filesystem::path config_file, out, resumed;
  DumpTarget dump;
  std::string stop_after;
  bool time_passes = false, profile = false, perf_map = false;
};

std::vector<Layer> layers_of(const TrainRequest& request) {
  std::vector<Layer> layers;
  if (!request.config_file.empty()) layers.push_back(read_layer(request.config_file));
  layers.push_back(*request.command_line);
  return layers;
}

GanStart start_of(const TrainRequest& request) {
  return request.resumed.empty() ? start_anew(layers_of(request), request.out)
                                 : start_again(layers_of(request), request.resumed);
}

int train(const TrainRequest& request) {
  const double started = io::seconds_now();
  if (!request.stop_after.empty()) {
    stop_after({request.stop_after, request.dump, request.time_passes}, merge(layers_of(request)),
               *request.compiler);
    return 0;
  }
  io::remember_interrupts();
  const RunOptions options{*request.compiler, request.dump, request.time_passes, request.profile,
                           request.perf_map};
  return GanRun(start_of(request), options, started).train();
}

}  // namespace

Command add_train(CLI::App& app) {
  auto request = std::make_shared<TrainRequest>();
  app.footer("Precedence: command line, then the file of --config, then the preset, then the default.");
  request->command_line = add_layer_options(app, OptionScope::run);
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
