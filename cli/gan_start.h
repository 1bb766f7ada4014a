#pragma once

#include <filesystem>
#include <vector>

#include "cli/config.h"
#include "cli/data.h"
#include "training/run_start.h"

namespace cgan_jit::cli {

/// A run of the GAN before it computes anything: where, from which step on, what, and of which data.
struct GanStart {
  training::RunStart run;
  TrainConfig config;
  DataFacts facts;
};

/// A new run in `out`, or in the next folder of runs/ if that is empty. Throws Error when the data or the
/// folder are wrong.
GanStart start_anew(const std::vector<Layer>& layers, const std::filesystem::path& out);

/// The run in `folder`, from its last checkpoint on, `layers` over its configuration. Throws Error.
GanStart start_again(std::vector<Layer> layers, const std::filesystem::path& folder);

/// The step that a run ends with: as asked, else that of the last epoch over so many pictures. Throws Error
/// when it is more than most_steps.
int64_t last_step_of(const TrainConfig& config, int64_t pictures);

}  // namespace cgan_jit::cli
