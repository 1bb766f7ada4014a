#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/bench_nets.h"
#include "cli/compiler_options.h"
#include "cli/config.h"
#include "io/prepared.h"
#include "training/data_set.h"

namespace cgan_jit::cli {

/// A step, and what it learns from.
struct Workload {
  nets::TrainingStep step;
  double gflop = 0;  // the least arithmetic of one step
  training::DataSet data;
};

/// A net that learns from these pictures.
Workload workload(const Net& net, const io::PreparedSet& pictures);

/// What is measured, on what, and for how long.
struct Bench {
  TrainConfig config;
  CompilerOptions compiler;
  std::vector<std::string> models;  // keys of nets_by_name(); empty: "cgan"
  int64_t rounds = 20;
  double turn_ms = 80;
  int64_t deepest = 0;  // layers and steps of the nets that are only compiled
  bool json = false;
  std::filesystem::path chart, picture;  // a file of results to draw, and where

  int threads() const { return team_size(config.n_cpu); }
  /// With these passes switched off beside those that the command line switches off.
  SessionOptions options(std::set<std::string> disabled = {}) const;
  /// The pictures at `img_size` pixels a side. Throws Error as inspect_data and io::prepare do.
  io::PreparedSet data(int64_t img_size) const;
  std::vector<std::string> named_models() const {
    return models.empty() ? std::vector<std::string>{"cgan"} : models;
  }
  Net net(const std::string& name) const { return nets_by_name().at(name)(config.model); }
  /// The net whose name the command line gives. Throws Error when it gives several.
  Net only_net() const;
  Workload workload(const Net& net) const;
};

}  // namespace cgan_jit::cli
