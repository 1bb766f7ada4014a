#include "frontend/session.h"

#include <cstdio>
#include <cstring>

#include "frontend/compiled_program.h"
#include "frontend/expect.h"
#include "frontend/first_values.h"
#include "frontend/param_store.h"
#include "frontend/report.h"
#include "frontend/uses.h"
#include "ir/standard_floats.h"
#include "passes/layout/panels.h"
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

}  // namespace

struct Session::Impl {
  explicit Impl(SessionOptions given)
      : options(std::move(given)),
        threads(team_size(options.threads)),
        jit(target_named(options.cpu), {options.cache_dir, threads, options.perf_map}),
        runner(threads),
        params(options.disabled_passes.contains("layout") ? row_major : param_layout),
        first_values(jit, runner) {
    say_when_fewer(runner, threads);
  }

  std::unique_ptr<CompiledProgram> compile(const std::string& name, const Recording& recording) {
    const PipelineOptions pipeline{options.disabled_passes, options.fused_updates, jit.target()};
    LoweredProgram lowered = lower_program(recording.graph, pipeline, options.observer);
    std::vector<loop::Kernel> kernels;
    std::vector<std::string> names;
    for (const LoweredKernel& kernel : lowered.kernels) {
      kernels.push_back(kernel.loops);
      names.push_back(kernel.name);
    }
    const std::vector<KernelFn> functions = jit.compile(kernels, names);
    params.declare(recording, lowered.roots);
    auto compiled =
        std::make_unique<CompiledProgram>(name, recording.graph, std::move(lowered), functions, params);
    compiled->prepare(runner);
    return compiled;
  }

  CompiledProgram& at(ProgramId id) const {
    if (id < 0 || id >= static_cast<int>(programs.size())) throw Error("the session has no program {}", id);
    return *programs[id];
  }

  const Program& ready(ProgramId id) const {
    at(id).expect_bound();
    return at(id).program();
  }

  SessionOptions options;
  int threads;  // asked for
  Jit jit;
  Runner runner;
  ParamStore params;
  FirstValues first_values;
  std::vector<std::unique_ptr<CompiledProgram>> programs;
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

Session::ProgramId Session::add(const std::string& name, const Recording& program) {
  const Changing use(*this);
  const StandardFloats standard;
  use.impl.params.expect_types(name, program);
  use.impl.programs.push_back(reporting(program.graph, [&] { return use.impl.compile(name, program); }));
  return static_cast<ProgramId>(use.impl.programs.size()) - 1;
}

void Session::initialize(uint32_t seed) {
  const Changing use(*this);
  use.impl.first_values.draw(use.impl.params, seed);
}

void Session::bind(ProgramId program, const std::string& input, DType dtype,
                   std::span<const std::byte> values) {
  const Changing use(*this);
  CompiledProgram& compiled = use.impl.at(program);
  expect_dtype(compiled.title(input), compiled.input_type(input), dtype);
  compiled.bind(input, values);
}
void Session::bind(ProgramId program, const std::string& input, std::span<const float> values) {
  bind(program, input, DType::f32, std::as_bytes(values));
}
void Session::bind(ProgramId program, const std::string& input, std::span<const int32_t> values) {
  bind(program, input, DType::i32, std::as_bytes(values));
}
void Session::bind(ProgramId program, const std::string& input, std::span<const uint32_t> values) {
  bind(program, input, DType::u32, std::as_bytes(values));
}
void Session::bind(ProgramId program, const std::string& input, std::span<const uint8_t> values) {
  bind(program, input, DType::u8, std::as_bytes(values));
}
void Session::bind_bytes(ProgramId program, const std::string& input, std::span<const std::byte> values) {
  Changing(*this).impl.at(program).bind(input, values);
}

void Session::run(ProgramId program) {
  const Changing use(*this);
  const Program& ready = use.impl.ready(program);
  use.impl.options.checked ? use.impl.runner.run_checked(ready) : use.impl.runner.run(ready);
}

Runner::Times Session::run_timed(ProgramId program) {
  const Changing use(*this);
  return use.impl.runner.run_timed(use.impl.ready(program));
}

std::vector<std::byte> Session::output_bytes(ProgramId program, const std::string& name) const {
  const Looking use(*this);
  const std::span<const std::byte> bytes = use.impl.at(program).output(name);
  return {bytes.begin(), bytes.end()};
}

std::vector<float> Session::output(ProgramId program, const std::string& name) const {
  const Looking use(*this);
  const CompiledProgram& compiled = use.impl.at(program);
  expect_dtype(fmt::format("output '{}'", name), compiled.output_type(name), DType::f32);
  const std::span<const std::byte> bytes = compiled.output(name);
  std::vector<float> values(bytes.size() / sizeof(float));
  if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

const float* Session::scalar_output(ProgramId program, const std::string& name) const {
  const Looking use(*this);
  const CompiledProgram& compiled = use.impl.at(program);
  const Type& type = compiled.output_type(name);
  if (type != Type{DType::f32, {}})
    throw Error("output '{}' is {}, not an f32 scalar", name, to_string(type));
  return reinterpret_cast<const float*>(compiled.output(name).data());
}

std::vector<std::string> Session::param_names() const { return Looking(*this).impl.params.names(); }

const Type& Session::param_type(const std::string& name) const {
  return Looking(*this).impl.params.at(name).type;
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
  expect_dtype(fmt::format("param '{}'", name), param_type(name), DType::f32);
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
  return Looking(*this).impl.at(program).lowered();
}
const SessionOptions& Session::options() const { return impl_->options; }
const Target& Session::target() const { return impl_->jit.target(); }
JitStats Session::jit_stats() const { return Looking(*this).impl.jit.stats(); }

}  // namespace cgan_jit
