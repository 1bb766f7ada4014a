#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/config.h"
#include "io/loss_log.h"

namespace cgan_jit::cli {

/// What score.json says of a run.
struct RunScore {
  double score = 0;
  std::optional<int64_t> step;  // of the checkpoint that was scored
};

/// A run as its folder shows it, whole or damaged.
struct RunSummary {
  std::filesystem::path run;
  std::optional<TrainConfig> config;
  std::optional<int64_t> steps_asked;  // unknown where only epochs were asked for and the data are not here
  std::optional<io::LossLine> last_line;  // of losses.csv
  std::optional<RunScore> score;
  std::filesystem::file_time_type changed;  // of the newest file
  std::vector<std::string> problems;        // files that cannot be read, and why

  int64_t steps_done() const { return last_line ? last_line->step : 0; }
};

/// Never throws Error: what is wrong is among the problems.
RunSummary summary_of(const std::filesystem::path& run);

/// Of each folder in `parent`, that of the newest file first. Throws Error when there is no folder `parent`.
std::vector<RunSummary> summaries_in(const std::filesystem::path& parent);

}  // namespace cgan_jit::cli
