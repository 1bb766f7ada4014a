#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "codegen/jit.h"
#include "frontend/recording.h"
#include "passes/pipeline.h"
#include "runtime/program.h"

namespace cgan_jit {

// Sessions.

/// How a session compiles and runs: `Session session({.threads = 1});`.
struct SessionOptions {
  std::string cpu = "native";  // or "x86-64-v3", "x86-64-v4"
  int threads = 0;             // 0: as many as there are cores that the process may use (runtime/cores.h)
  std::string cache_dir = default_cache_dir();
  std::set<std::string> disabled_passes;
  bool fused_updates = false;
  bool checked = false;   // a barrier after every kernel, dead buffers poisoned
  bool perf_map = false;  // name the kernels for Linux `perf`
  PassObserver observer;
};

/// Programs compiled to machine code over one set of params. Params are created zeroed by the first program
/// that declares them, whether or not anything reads them, and live, in the layout that the kernels want,
/// until the session ends; their values go in and out row-major.
///
/// Not thread-safe: one thread at a time may use a session, or several if all only look (const members). Who
/// comes between gets an Error. A session's helper threads do not survive `fork`: in the child the first run
/// starts others. A run leaves its caller's thread as it was: affinity, floating-point environment. When the
/// system starts fewer threads than asked for, the session works with those, and says so once on stderr;
/// results are the same.
class Session {
 public:
  using ProgramId = int;

  explicit Session(SessionOptions options);
  ~Session();
  Session(Session&&) noexcept;

  /// Compiles a program. Throws Error when a param's type differs from an earlier program's. A fault of the
  /// compiler is an InternalError, whose text says where the graph was kept and how to report it.
  ProgramId add(const std::string& name, const Recording& program);

  /// Every param that was declared so far becomes what its first declaration says, with numbers of that seed:
  /// the same at any number of threads and on every machine. Param k, in the order of declaration over all
  /// programs, draws as frontend/first_values.h says. Params of graphs without declarations become 0.
  void initialize(uint32_t seed);

  /// The caller's memory for an input, row-major; read at every run, so it must stay alive. Rebinding is
  /// cheap. An input that the program declares but no kernel reads is checked like the others, and no more.
  /// Throws Error for a name that the program does not declare, and when type or number of the values are not
  /// the input's.
  void bind(ProgramId program, const std::string& input, std::span<const float> values);
  void bind(ProgramId program, const std::string& input, std::span<const int32_t> values);
  void bind(ProgramId program, const std::string& input, std::span<const uint32_t> values);
  void bind(ProgramId program, const std::string& input, std::span<const uint8_t> values);
  /// The same for any element type, whose bytes these are (a bool's are 0 and 1).
  void bind_bytes(ProgramId program, const std::string& input, std::span<const std::byte> values);
  /// One run: outputs are made, updated params written back. Throws Error when an input that it reads is
  /// unbound.
  void run(ProgramId program);

  /// The last run's output that is no update, row-major; f32 only (others: `output_bytes`).
  std::vector<float> output(ProgramId program, const std::string& name) const;
  std::vector<std::byte> output_bytes(ProgramId program, const std::string& name) const;
  /// Where a rank-0 f32 output is, for reading after each run without a copy.
  const float* scalar_output(ProgramId program, const std::string& name) const;

  std::vector<std::string> param_names() const;
  const Type& param_type(const std::string& name) const;
  /// A param's values, row-major, as bytes of its element type. Throws Error for an unknown name, for a span
  /// of another size, and for a bool that is neither 0 nor 1.
  std::vector<std::byte> param_bytes(const std::string& name) const;
  void read_param_bytes(const std::string& name, std::span<std::byte> row_major) const;
  void set_param_bytes(const std::string& name, std::span<const std::byte> row_major);
  /// The same of an f32 param. Throws Error for any other.
  std::vector<float> param(const std::string& name) const;
  void read_param(const std::string& name, std::span<float> row_major) const;
  void set_param(const std::string& name, std::span<const float> row_major);

  const LoweredProgram& lowered(ProgramId program) const;
  Runner::Times run_timed(ProgramId program);
  const SessionOptions& options() const;
  const Target& target() const;
  JitStats jit_stats() const;

 private:
  struct Impl;
  struct Looking;
  struct Changing;
  void bind(ProgramId program, const std::string& input, DType dtype, std::span<const std::byte> values);
  void require_f32(const std::string& name) const;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cgan_jit
