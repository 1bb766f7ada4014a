#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "frontend/session.h"

namespace cgan_jit::cli {

/// How programs are compiled; nothing of it changes a result.
struct CompilerOptions {
  std::vector<std::string> disabled_passes;
  bool checked = false, no_cache = false;
  std::string cache_dir = default_cache_dir();

  /// Where objects and prepared data are kept; empty: nowhere.
  std::string cache() const { return no_cache ? "" : cache_dir; }
  SessionOptions session(const std::string& cpu, int64_t threads) const;
};

/// How many threads that is: 0 stands for all cores that this process may use.
int team_size(int64_t threads);

/// Adds them to a subcommand.
std::shared_ptr<CompilerOptions> add_compiler_options(CLI::App& app);

}  // namespace cgan_jit::cli
