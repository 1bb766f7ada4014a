#include "cli/run_start.h"

#include "cli/checkpoint_folder.h"
#include "cli/step_files.h"

namespace cgan_jit::cli {
namespace {

namespace fs = std::filesystem;

DataFacts facts_of(const TrainConfig& config) {
  return inspect_data(config.data, io::Split::train, config.model.n_classes);
}

Layer config_in(const fs::path& run) {
  std::error_code unknown;
  if (!fs::exists(run / "config.json", unknown))
    throw Error("{}: holds no run: it has no config.json", run.string());
  return read_layer(run / "config.json");
}

void expect_same_run(const TrainConfig& now, const TrainConfig& then, const fs::path& run) {
  const std::string differences = other_numbers(now, then);
  if (differences.empty()) return;
  throw Error("{}: cannot go on as if it had never stopped: {}; a new run can", run.string(), differences);
}

}  // namespace

int64_t last_step_of(const TrainConfig& config, int64_t pictures) {
  if (config.steps > 0) return config.steps;
  const int64_t batches = Schedule{pictures, config.model.batch_size}.batches();
  if (config.n_epochs > most_steps / batches) {
    throw Error("n_epochs: {} epochs of {} steps are more than {} steps", config.n_epochs, batches,
                most_steps);
  }
  return config.n_epochs * batches;
}

RunStart start_anew(const std::vector<Layer>& layers, const fs::path& out) {
  const TrainConfig config = merge(layers);
  const DataFacts facts = facts_of(config);
  const int64_t last_step = last_step_of(config, facts.count);
  io::RunFolder folder = out.empty() ? io::RunFolder::numbered("runs") : io::RunFolder::fresh(out);
  RunStart start{std::move(folder), config, {}, facts, last_step};
  keep_config(start);
  return start;
}

RunStart start_again(std::vector<Layer> layers, const fs::path& run) {
  io::RunFolder folder = io::RunFolder::found(run);
  const Layer saved = config_in(run);
  layers.insert(layers.begin(), saved);
  const TrainConfig config = merge(layers);
  std::optional<Checkpoint> from;
  if (const auto last = find_last_checkpoint(run)) from = read_checkpoint(*last);
  expect_same_run(config, from ? from->config : merge({saved}), run);

  const DataFacts facts = facts_of(config);
  RunStart start{std::move(folder), config, std::move(from), facts, last_step_of(config, facts.count)};
  if (start.done() > start.last_step) {
    throw Error("{}: step {} is done already, and the run would end at step {}; --steps says how many in all",
                run.string(), start.done(), start.last_step);
  }
  for (const fs::path& part : {run, run / "samples", run / "checkpoints"}) io::remove_temporaries(part);
  remove_step_files_after(start.done(), run / "samples", ".png");
  if (start.from) settle_checkpoints(run, start.done(), config.checkpoint_interval);
  return start;
}

void keep_config(const RunStart& start) {
  const std::string text = to_json(start.config);
  std::error_code unknown;
  const bool there = fs::exists(start.config_file(), unknown);
  if (!there || to_json(merge({config_in(start.folder.path())})) != text)
    io::write_file(start.config_file(), text);
}

}  // namespace cgan_jit::cli
