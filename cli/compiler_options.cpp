#include "cli/compiler_options.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>

#include "os/private_folder.h"
#include "runtime/cores.h"

namespace cgan_jit::cli {
namespace {

std::string optional_passes() {
  std::string names;
  for (const Pass& pass : all_passes()) {
    if (pass.optional) names += (names.empty() ? "" : ", ") + std::string(pass.name);
  }
  return names;
}

/// The folder if it can be opened, else nothing, with a warning.
std::string usable(const std::string& cache_dir) {
  if (cache_dir.empty()) return "";
  try {
    os::PrivateFolder{cache_dir};
    return cache_dir;
  } catch (const Error& error) {
    fmt::print(stderr, "cgan_jit: warning: {}; going on without a cache\n", error.what());
  }
  return "";
}

}  // namespace

std::string CompilerOptions::cache() const {
  if (no_cache) return "";
  if (!*usable_cache_) *usable_cache_ = usable(cache_dir);
  return **usable_cache_;
}

SessionOptions CompilerOptions::session(const std::string& cpu, int64_t threads) const {
  SessionOptions options;
  options.cpu = cpu;
  options.threads = static_cast<int>(threads);
  options.cache_dir = cache();
  options.disabled_passes = {disabled_passes.begin(), disabled_passes.end()};
  options.checked = checked;
  return options;
}

int team_size(int64_t threads) { return threads > 0 ? static_cast<int>(threads) : usable_cores(); }

void add_machine_options(CLI::App& app, std::string& cpu, int64_t& threads, const std::string& cpu_names) {
  app.add_option("--threads", threads, "0: all cores; the result is the same with any number")
      ->type_name("INT")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024));
  app.add_option(cpu_names, cpu, "instruction set: native, x86-64-v3, x86-64-v4")
      ->type_name("NAME")
      ->capture_default_str();
}

std::shared_ptr<CompilerOptions> add_compiler_options(CLI::App& app) {
  auto options = std::make_shared<CompilerOptions>();
  constexpr const char* group = "Compiler";
  app.add_option("--disable-pass", options->disabled_passes,
                 "compile without this pass; repeatable: " + optional_passes())
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->group(group);
  app.add_flag("--checked", options->checked,
               "a barrier behind every kernel, dead buffers poisoned: the results must stay equal")
      ->group(group);
  app.add_option("--cache-dir", options->cache_dir, "folder of compiled objects and prepared data")
      ->type_name("DIR")
      ->capture_default_str()
      ->group(group);
  app.add_flag("--no-cache", options->no_cache, "keep nothing and look nothing up")->group(group);
  return options;
}

}  // namespace cgan_jit::cli
