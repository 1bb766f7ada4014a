#include "frontend/session.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <limits>

#include "frontend/param_store.h"
#include "frontend/report.h"
#include "ir/standard_floats.h"
#include "runtime/cores.h"

namespace cgan_jit {
namespace {

int team_size(int threads) {
  if (threads < 0) throw Error("threads: {}; 0 stands for all cores that the process may use", threads);
  return threads > 0 ? threads : usable_cores();
}

void say_when_fewer(const Runner& runner, int wanted) {
  if (runner.threads() < wanted)
    std::fputs(fmt::format("cgan_jit: warning: {} of {} threads: the system starts no more\n",
                           runner.threads(), wanted)
                   .c_str(),
               stderr);
}

/// Notices two threads that use one session at once: any number may look, or a single one may change.
class Uses {
 public:
  void begin_look() {
    if (count_.fetch_add(1, std::memory_order_acquire) < 0) {
      count_.fetch_sub(1, std::memory_order_relaxed);
      refuse();
    }
  }
  void end_look() { count_.fetch_sub(1, std::memory_order_release); }
  void begin_change() {
    int nobody = 0;
    if (!count_.compare_exchange_strong(nobody, changing, std::memory_order_acquire)) refuse();
  }
  void end_change() { count_.fetch_sub(changing, std::memory_order_release); }

 private:
  [[noreturn]] static void refuse() {
    throw Error("a session is used by two threads at once: each needs one of its own, or they take turns");
  }
  static constexpr int changing = std::numeric_limits<int>::min() / 2;
  std::atomic<int> count_{0};
};

}  // namespace

struct Session::Impl {
  struct Slot {
    size_t phase, call, buffer;
    int64_t start;  // bytes into what is bound
  };
  struct Compiled {
    std::string name;
    LoweredProgram lowered;
    Program program;
    Arena arena;
    std::map<std::string, std::vector<Slot>> inputs;
    std::set<std::string> unbound;

    int64_t input_bytes(const std::string& input) const {
      for (const Root& root : lowered.roots) {
        if (root.kind == Root::Kind::input && root.name == input) return root.bytes;
      }
      return 0;
    }
  };

  explicit Impl(SessionOptions given)
      : options(std::move(given)),
        threads(team_size(options.threads)),
        jit(target_named(options.cpu), {options.cache_dir, threads, options.perf_map}),
        runner(threads) {
    say_when_fewer(runner, threads);
  }

  std::unique_ptr<Compiled> compile(const std::string& name, const Graph& graph) {
    auto compiled = std::make_unique<Compiled>();
    compiled->name = name;
    const PipelineOptions pipeline{options.disabled_passes, options.fused_updates, jit.target()};
    compiled->lowered = lower_program(graph, pipeline, options.observer);
    std::vector<loop::Kernel> kernels;
    std::vector<std::string> names;
    for (const LoweredKernel& kernel : compiled->lowered.kernels) {
      kernels.push_back(kernel.loops);
      names.push_back(kernel.name);
    }
    const std::vector<KernelFn> functions = jit.compile(kernels, names);
    params.claim(compiled->lowered.roots);
    bind_roots(*compiled, functions);
    runner.prepare(compiled->program);
    return compiled;
  }

  void bind_roots(Compiled& compiled, const std::vector<KernelFn>& functions) {
    const LoweredProgram& lowered = compiled.lowered;
    compiled.arena = Arena(std::max<int64_t>(64, lowered.arena_bytes));
    for (const PlannedPhase& planned : lowered.phases) {
      Phase phase;
      for (const PlannedCall& call : planned.calls) {
        phase.calls.push_back(bind_call(compiled, call, functions[call.kernel],
                                        {compiled.program.phases.size(), phase.calls.size(), 0, 0}));
      }
      compiled.program.phases.push_back(std::move(phase));
    }
    for (const LoweredKernel& kernel : lowered.kernels)
      compiled.program.scratch_bytes = std::max(compiled.program.scratch_bytes, kernel.loops.scratch_bytes());
    add_poisons(compiled);
  }

  Call bind_call(Compiled& compiled, const PlannedCall& planned, KernelFn function, Slot slot) {
    const LoweredKernel& lowered = compiled.lowered.kernels[planned.kernel];
    Call call{function, {}, lowered.loops.units, planned.with_previous, planned.first_panel};
    for (size_t i = 0; i < lowered.buffers.size(); ++i) {
      const Root& root = compiled.lowered.roots[lowered.buffers[i]];
      slot.buffer = i;
      slot.start = lowered.starts[i];
      switch (root.kind) {
        case Root::Kind::input:
          compiled.inputs[root.name].push_back(slot);
          compiled.unbound.insert(root.name);
          call.buffers.push_back(nullptr);
          break;
        case Root::Kind::param:
          call.buffers.push_back(params.data(root.name) + slot.start);
          break;
        case Root::Kind::temporary:
        case Root::Kind::output:
          call.buffers.push_back(compiled.arena.data() + root.arena_offset + slot.start);
          break;
      }
    }
    return call;
  }

  void add_poisons(Compiled& compiled) {
    std::vector<int> last(compiled.lowered.roots.size(), -1);
    for (size_t phase = 0; phase < compiled.lowered.phases.size(); ++phase) {
      for (const PlannedCall& call : compiled.lowered.phases[phase].calls) {
        for (int root : compiled.lowered.kernels[call.kernel].buffers) last[root] = static_cast<int>(phase);
      }
    }
    for (size_t i = 0; i < last.size(); ++i) {
      const Root& root = compiled.lowered.roots[i];
      if (root.kind != Root::Kind::temporary || last[i] < 0) continue;
      compiled.program.poisons.push_back(
          {static_cast<size_t>(last[i]), compiled.arena.data() + root.arena_offset, root.bytes});
    }
  }

  Compiled& at(ProgramId id) {
    if (id < 0 || id >= static_cast<int>(programs.size())) throw Error("the session has no program {}", id);
    return *programs[id];
  }
  const Compiled& at(ProgramId id) const { return const_cast<Impl*>(this)->at(id); }

  const Root& output_root(ProgramId id, const std::string& name) const {
    for (const Root& root : at(id).lowered.roots) {
      if (root.kind == Root::Kind::output && root.name == name) return root;
    }
    throw Error("program '{}' has no output '{}'", at(id).name, name);
  }

  std::vector<std::byte> output_bytes(ProgramId id, const std::string& name) const {
    const Root& root = output_root(id, name);
    const std::byte* data = at(id).arena.data() + root.arena_offset;
    return {data, data + element_count(root.type.shape) * bytes_of(root.type.dtype)};
  }

  void check_bound(const Compiled& compiled) const {
    if (!compiled.unbound.empty())
      throw Error("program '{}': input '{}' is not bound", compiled.name, *compiled.unbound.begin());
  }

  SessionOptions options;
  int threads;  // asked for
  Jit jit;
  Runner runner;
  ParamStore params;
  std::vector<std::unique_ptr<Compiled>> programs;
  Uses uses;
};

/// As long as one of them lives, its thread uses the session: to look, or to change.
struct Session::Looking {
  explicit Looking(const Session& session) : impl(*session.impl_) { impl.uses.begin_look(); }
  ~Looking() { impl.uses.end_look(); }
  Looking(const Looking&) = delete;
  Impl& impl;
};
struct Session::Changing {
  explicit Changing(Session& session) : impl(*session.impl_) { impl.uses.begin_change(); }
  ~Changing() { impl.uses.end_change(); }
  Changing(const Changing&) = delete;
  Impl& impl;
};

Session::Session(SessionOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;

Session::ProgramId Session::add(const std::string& name, const Graph& graph) {
  const Changing use(*this);
  const StandardFloats standard;
  use.impl.params.expect_types(name, graph);
  use.impl.programs.push_back(reporting(graph, [&] { return use.impl.compile(name, graph); }));
  return static_cast<ProgramId>(use.impl.programs.size()) - 1;
}

void Session::bind(ProgramId program, const std::string& input, const void* data) {
  const Changing use(*this);
  Impl::Compiled& compiled = use.impl.at(program);
  const auto slots = compiled.inputs.find(input);
  if (slots == compiled.inputs.end()) throw Error("program '{}' reads no input '{}'", compiled.name, input);
  if (!data && compiled.input_bytes(input) > 0)
    throw Error("program '{}': input '{}' is bound to nothing", compiled.name, input);
  auto* bytes = static_cast<std::byte*>(const_cast<void*>(data));
  for (const Impl::Slot& slot : slots->second)
    compiled.program.phases[slot.phase].calls[slot.call].buffers[slot.buffer] = bytes + slot.start;
  compiled.unbound.erase(input);
}

void Session::run(ProgramId program) {
  const Changing use(*this);
  const Impl::Compiled& compiled = use.impl.at(program);
  use.impl.check_bound(compiled);
  use.impl.options.checked ? use.impl.runner.run_checked(compiled.program)
                           : use.impl.runner.run(compiled.program);
}

Runner::Times Session::run_timed(ProgramId program) {
  const Changing use(*this);
  const Impl::Compiled& compiled = use.impl.at(program);
  use.impl.check_bound(compiled);
  return use.impl.runner.run_timed(compiled.program);
}

std::vector<std::byte> Session::output_bytes(ProgramId program, const std::string& name) const {
  const Looking use(*this);
  return use.impl.output_bytes(program, name);
}

std::vector<float> Session::output(ProgramId program, const std::string& name) const {
  const Looking use(*this);
  const Root& root = use.impl.output_root(program, name);
  if (root.type.dtype != DType::f32) throw Error("output '{}' is {}, not f32", name, to_string(root.type));
  std::vector<float> values(static_cast<size_t>(element_count(root.type.shape)));
  const std::vector<std::byte> bytes = use.impl.output_bytes(program, name);
  if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

const float* Session::scalar_output(ProgramId program, const std::string& name) const {
  const Looking use(*this);
  const Root& root = use.impl.output_root(program, name);
  if (root.type != Type{DType::f32, {}})
    throw Error("output '{}' is {}, not an f32 scalar", name, to_string(root.type));
  return reinterpret_cast<const float*>(use.impl.at(program).arena.data() + root.arena_offset);
}

std::vector<std::string> Session::param_names() const { return Looking(*this).impl.params.names(); }

const Type& Session::param_type(const std::string& name) const {
  return Looking(*this).impl.params.type(name);
}

std::vector<std::byte> Session::param_bytes(const std::string& name) const {
  const Type& type = param_type(name);
  std::vector<std::byte> bytes(static_cast<size_t>(element_count(type.shape) * bytes_of(type.dtype)));
  read_param_bytes(name, bytes);
  return bytes;
}

void Session::read_param_bytes(const std::string& name, std::span<std::byte> row_major) const {
  Looking(*this).impl.params.read(name, row_major);
}

void Session::set_param_bytes(const std::string& name, std::span<const std::byte> row_major) {
  Changing(*this).impl.params.write(name, row_major);
}

void Session::require_f32(const std::string& name) const {
  const Type& type = param_type(name);
  if (type.dtype != DType::f32) throw Error("param '{}' is {}, not f32", name, to_string(type));
}

std::vector<float> Session::param(const std::string& name) const {
  std::vector<float> values(static_cast<size_t>(element_count(param_type(name).shape)));
  read_param(name, values);
  return values;
}

void Session::read_param(const std::string& name, std::span<float> row_major) const {
  require_f32(name);
  read_param_bytes(name, std::as_writable_bytes(row_major));
}

void Session::set_param(const std::string& name, std::span<const float> row_major) {
  require_f32(name);
  set_param_bytes(name, std::as_bytes(row_major));
}

const LoweredProgram& Session::lowered(ProgramId program) const {
  return Looking(*this).impl.at(program).lowered;
}
const SessionOptions& Session::options() const { return impl_->options; }
const Target& Session::target() const { return impl_->jit.target(); }
JitStats Session::jit_stats() const { return Looking(*this).impl.jit.stats(); }

}  // namespace cgan_jit
