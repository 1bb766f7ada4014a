#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "frontend/session.h"

namespace CLI {
class App;
}

namespace cgan_jit::cli {

/// How programs are compiled; nothing of it changes a result.
struct CompilerOptions {
  std::vector<std::string> disabled_passes;
  bool checked = false, no_cache = false;
  std::string cache_dir = default_cache_dir();

  /// Where objects and prepared data are kept; empty: nowhere. The first call opens the folder, makes it
  /// where it is missing, and says on stderr why it cannot be used or trusted; then nothing is kept.
  std::string cache() const;
  SessionOptions session(const std::string& cpu, int64_t threads) const;

 private:
  std::shared_ptr<std::optional<std::string>> usable_cache_ = std::make_shared<std::optional<std::string>>();
};

/// How many threads that is: 0 stands for all cores that this process may use.
int team_size(int64_t threads);

/// Adds --threads and --cpu to a subcommand; `cpu_names` may give the latter another name besides.
void add_machine_options(CLI::App& app, std::string& cpu, int64_t& threads,
                         const std::string& cpu_names = "--cpu");

/// Adds those of CompilerOptions.
std::shared_ptr<CompilerOptions> add_compiler_options(CLI::App& app);

}  // namespace cgan_jit::cli
