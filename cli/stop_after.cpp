#include "cli/stop_after.h"

#include <fmt/format.h>

#include "cli/data.h"

namespace cgan_jit::cli {

void stop_after(const StopAfter& wish, const TrainConfig& config, const CompilerOptions& compiler) {
  if (!pass_named(wish.pass).part_of.empty())
    throw Error("--stop-after: {} is a part of {}", wish.pass, pass_named(wish.pass).part_of);
  const DataFacts facts = inspect_data(config.data, io::Split::train, config.model.n_classes);
  const models::CganConfig model = with_classes(config.model, facts);
  PipelineOptions options;
  options.disabled = {compiler.disabled_passes.begin(), compiler.disabled_passes.end()};
  options.target = target_named(config.cpu);
  const Graph graph = models::training_step(model, model.batch_size, facts.count);
  PassLog log(wish.dump);
  log.begin("training step", graph);
  bool reached = false;
  lower_program(graph, options,
                [&](std::string_view pass, double seconds, const std::function<std::string()>& text) {
                  if (reached) return;
                  reached = pass == wish.pass;
                  log.pass(pass, seconds, text);
                  if (reached && !wish.dump.wanted) fmt::print("{}", text());
                });
  if (!reached) throw Error("--stop-after: pass '{}' is switched off", wish.pass);
  if (wish.time_passes) fmt::print("{}", log.times());
}

}  // namespace cgan_jit::cli
