#include "cli/gan_start.h"

#include "cli/gan.h"
#include "training/schedule.h"

namespace cgan_jit::cli {
namespace {

/// Of data that the steps behind `done` can learn from.
DataFacts facts_of(const TrainConfig& config, int64_t done) {
  DataFacts facts = inspect_data(config.data, io::Split::train, config.model.n_classes);
  const training::Schedule schedule{facts.count, config.model.batch_size};
  const int64_t last_step = last_step_of(config, facts.count);
  if (schedule.shorter_batch() == 1 && schedule.ends_epoch(done + 1, last_step)) {
    throw Error(
        "batch_size: {} leaves a last batch of one of {} pictures, whose variance batch normalisation cannot "
        "take",
        schedule.batch_size, schedule.count);
  }
  return facts;
}

}  // namespace

GanStart start_anew(const std::vector<Layer>& layers, const std::filesystem::path& out) {
  const TrainConfig config = merge(layers);
  DataFacts facts = facts_of(config, 0);
  io::RunFolder folder = out.empty() ? io::RunFolder::numbered("runs") : io::RunFolder::fresh(out);
  return {training::new_run(std::move(folder)), config, std::move(facts)};
}

// What older versions wrote may lack options that there are now.
GanStart start_again(std::vector<Layer> layers, const std::filesystem::path& folder) {
  training::RunStart run = training::resumed_run(folder);
  const Layer saved = layer_from_json(run.config, training::config_file(folder).string());
  run.config = to_json(merge({saved}));
  if (run.from) run.from->config = to_json(config_of(*run.from));
  layers.insert(layers.begin(), saved);
  const TrainConfig config = merge(layers);
  DataFacts facts = facts_of(config, run.done());
  return {std::move(run), config, std::move(facts)};
}

int64_t last_step_of(const TrainConfig& config, int64_t pictures) {
  try {
    return training::last_step_of({pictures, config.model.batch_size}, config.n_epochs, config.steps);
  } catch (const Error& error) { throw Error("n_epochs: {}", error.what()); }
}

}  // namespace cgan_jit::cli
