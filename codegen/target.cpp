#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "codegen/jit.h"
#include "ir/error.h"

namespace cgan_jit {

namespace {

/// Cache sizes are typical ones of each level, not this host's: the same name makes the same kernels
/// everywhere.
Target avx2_target() { return {"x86-64-v3", "", 16, 8, 32 << 10, 512 << 10}; }
Target avx512_target() { return {"x86-64-v4", "", 32, 16, 32 << 10, 1 << 20}; }

}  // namespace

bool host_can_run(const std::string& name) {
  __builtin_cpu_init();
  if (name == "native") return __builtin_cpu_supports("x86-64-v3");
  if (name == avx2_target().cpu) return __builtin_cpu_supports("x86-64-v3");
  if (name == avx512_target().cpu) return __builtin_cpu_supports("x86-64-v4");
  return false;
}

Target target_named(const std::string& name) {
  const Target known[] = {avx2_target(), avx512_target()};
  const auto* match = std::find_if(std::begin(known), std::end(known),
                                   [&](const Target& target) { return target.cpu == name; });
  if (name != "native" && match == std::end(known))
    throw Error("unknown cpu '{}': expected native, x86-64-v3 or x86-64-v4", name);
  if (!host_can_run(name)) throw Error("cpu '{}': this machine lacks its instructions", name);
  return name == "native" ? host_target() : *match;
}

std::string default_cache_dir() {
  const auto set = [](const char* variable) -> std::filesystem::path {
    const char* value = std::getenv(variable);
    return value ? value : "";
  };
  // The XDG base directory specification: a relative path is to be ignored.
  if (const auto cache = set("XDG_CACHE_HOME"); cache.is_absolute()) return cache / "cgan_jit";
  if (const auto home = set("HOME"); home.is_absolute()) return home / ".cache" / "cgan_jit";
  return "";
}

}  // namespace cgan_jit
