#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/loops.h"
#include "ir/target.h"
#include "runtime/abi.h"

namespace cgan_jit {

/// The machine that this process runs on, and its features.
Target host_target();
/// "native", "x86-64-v3" or "x86-64-v4". Throws Error for other names, and for one that this host cannot run.
Target target_named(const std::string& name);
/// False if this host lacks features of the named target.
bool host_can_run(const std::string& name);
/// Of the LLVM that this was built with: "19.1.7".
std::string llvm_version();

struct JitOptions {
  /// Where compiled objects are kept; empty: nowhere. Made with mode 0700; one that belongs to another user
  /// or that others may write to is a warning on stderr, and nothing is kept.
  std::string cache_dir;
  int threads = 2;        // that compile
  bool perf_map = false;  // name the kernels for Linux `perf` (codegen/perf_map.h)
};
/// $XDG_CACHE_HOME/cgan_jit, or ~/.cache/cgan_jit; empty if neither is known.
std::string default_cache_dir();

/// How the last calls of `compile` went.
struct JitStats {
  int kernels = 0, distinct = 0, from_cache = 0, compiled = 0;
  double seconds = 0;
};

/// Compiles loop kernels for one target and keeps their code alive. Equal kernels are compiled once; objects
/// are looked up in the cache, under the hash of (loop text, target, LLVM version, code generator version),
/// before anything is emitted; a damaged object is recompiled with one line of warning on stderr.
class Jit {
 public:
  Jit(Target target, JitOptions options);
  ~Jit();
  Jit(Jit&&) noexcept;

  /// One function a kernel, valid as long as this Jit. `names`, one a kernel or none, are for `perf_map`:
  /// kernels that share code bear the first one's name. They are not part of the cache key.
  std::vector<KernelFn> compile(std::span<const loop::Kernel> kernels,
                                std::span<const std::string> names = {});
  const Target& target() const;
  JitStats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The kernel as LLVM IR and as assembly, for dumps and for tests of the object code.
std::string llvm_ir(const loop::Kernel& kernel, const Target& target);
std::string assembly(const loop::Kernel& kernel, const Target& target);

}  // namespace cgan_jit
