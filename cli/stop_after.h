#pragma once

#include <string>

#include "cli/compiler_options.h"
#include "cli/config.h"
#include "cli/pass_log.h"

namespace cgan_jit::cli {

/// Takes the training step of a run as far as this pass and prints what it makes, then how long the passes
/// took if that is wanted. Nothing is computed or written but the dump. Throws Error when no such pass runs.
struct StopAfter {
  std::string pass;
  DumpTarget dump;
  bool time_passes = false;
};
void stop_after(const StopAfter& wish, const TrainConfig& config, const CompilerOptions& compiler);

}  // namespace cgan_jit::cli
