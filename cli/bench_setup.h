#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "cli/bench_nets.h"
#include "cli/compiler_options.h"
#include "cli/config.h"
#include "io/prepared.h"

namespace cgan_jit::cli {

/// A step and the pictures that it learns from.
struct Workload {
  StepProgram step;
  io::PreparedSet data;
};

/// What is measured, on what, and for how long.
struct Bench {
  TrainConfig config;
  CompilerOptions compiler;
  std::string net_name = "cgan";  // a key of nets()
  int64_t rounds = 20;
  double turn_ms = 80;
  bool json = false;
  std::filesystem::path chart, picture;  // a file of results to draw, and where

  int threads() const { return team_size(config.n_cpu); }
  /// With these passes switched off beside those that the command line switches off.
  SessionOptions options(std::set<std::string> disabled = {}) const;
  /// The pictures at `img_size` pixels a side. Throws Error as inspect_data and io::prepare do.
  io::PreparedSet data(int64_t img_size) const;
  Workload workload(const Net& net) const;
};

}  // namespace cgan_jit::cli
