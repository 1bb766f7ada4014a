#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "cli/checkpoint.h"
#include "cli/data.h"
#include "cli/schedule.h"
#include "io/run_folder.h"

namespace cgan_jit::cli {

/// A run before it computes anything: where, what, and from which step on. What its folder holds after N
/// steps follows from the configuration and N alone: config.json, losses.csv of the steps 1 .. N, the tests,
/// pictures and checkpoints that the intervals ask for, the checkpoint of step N and the link to it. Whatever
/// happened on the way, a start from N makes what is missing and removes what is too much.
struct RunStart {
  io::RunFolder folder;
  TrainConfig config;
  std::optional<Checkpoint> from;  // nothing: from the first params on
  DataFacts facts;
  int64_t last_step = 0;

  int64_t done() const { return from ? from->step : 0; }
  Schedule schedule() const { return {facts.count, config.model.batch_size}; }
  std::filesystem::path config_file() const { return folder.path() / "config.json"; }
};

/// A new run in `out`, or in the next folder of runs/ if that is empty; config.json is written. Throws Error
/// when the data or the folder are wrong.
RunStart start_anew(const std::vector<Layer>& layers, const std::filesystem::path& out);

/// The run in `folder`, from its last checkpoint on. `layers` may change how long, where and how often it
/// computes and writes; Error for what would change its numbers, or when there is nothing left to do.
RunStart start_again(std::vector<Layer> layers, const std::filesystem::path& folder);

/// The step that a run ends with: as asked, else that of the last epoch over so many pictures. Throws Error
/// when that is more than most_steps.
int64_t last_step_of(const TrainConfig& config, int64_t pictures);

/// Brings config.json up to date. Throws io::WriteError.
void keep_config(const RunStart& start);

}  // namespace cgan_jit::cli
