#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "io/run_folder.h"
#include "training/checkpoint.h"

namespace cgan_jit::training {

/// A run's folder as it was left, and how far the run has come. What it holds after N steps follows from the
/// configuration and N alone: config.json, losses.csv of the steps 1 .. N, what the callbacks make, the
/// checkpoints that the interval asks for, that of step N and the link to it. Whatever happened on the way, a
/// run that goes on makes what is missing and removes what is too much.
struct RunStart {
  io::RunFolder folder;
  std::string config;              // what config.json says; empty: a new run
  std::optional<Checkpoint> from;  // nothing: from the first params on

  int64_t done() const { return from ? from->step : 0; }
};

/// The file of a run's configuration.
std::filesystem::path config_file(const std::filesystem::path& run);

/// A new run in a folder that is empty.
RunStart new_run(io::RunFolder folder);
/// The run in `folder`, from its last checkpoint on. Throws Error when there is none, or it is damaged.
RunStart resumed_run(const std::filesystem::path& folder);
/// The run in `folder` if there is one, else a new one. Throws Error when the folder holds something else.
RunStart new_or_resumed_run(const std::filesystem::path& folder);

}  // namespace cgan_jit::training
