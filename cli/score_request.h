#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "cli/compiler_options.h"

namespace cgan_jit::cli {

/// What `cgan_jit score` is asked to do.
struct ScoreRequest {
  bool train = false, real = false;
  std::filesystem::path run, data, recogniser = "data/recogniser.safetensors";
  std::filesystem::path json, picture, out = "recogniser.safetensors";
  std::string checkpoint, cpu = "native";  // a step of the run, or a file
  int64_t samples = 10000, threads = 0, steps = 0;
  uint32_t seed = 1;
  std::shared_ptr<CompilerOptions> compiler;

  SessionOptions session() const { return compiler->session(cpu, threads); }
};

/// Trains a recogniser and writes it; the exit code.
int train_recogniser(const ScoreRequest& request);

}  // namespace cgan_jit::cli
