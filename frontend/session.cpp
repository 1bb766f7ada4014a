#include "frontend/session.h"

#include <algorithm>
#include <cstring>
#include <thread>

namespace cgan_jit {
namespace {

/// Elements that lie evenly apart: `count` of them from row-major element `first` on, stored from `place` on,
/// `stride` apart.
struct Stretch {
  int64_t first = 0, place = 0, stride = 1, count = 1;
};

/// Calls visit(stretch) until every element was in one.
template <typename Visit>
void for_each_stretch(const Type& type, const Layout& layout, Visit visit) {
  if (type.shape.empty()) return visit(Stretch{});
  const std::vector<int64_t> strides = axis_strides(type.shape, layout);
  const int64_t far = block_stride(type.shape, layout), columns = type.shape.back();
  const int last = static_cast<int>(type.shape.size()) - 1;
  const bool in_blocks = layout.lane_axis == last;
  const int64_t longest = in_blocks ? layout.width : columns;
  int64_t first = 0;
  for_each_point(Shape(type.shape.begin(), type.shape.end() - 1), [&](const std::vector<int64_t>& at) {
    int64_t row = 0;
    for (int axis = 0; axis < last; ++axis) {
      row += axis == layout.lane_axis ? at[axis] / layout.width * far + at[axis] % layout.width
                                      : at[axis] * strides[axis];
    }
    for (int64_t column = 0; column < columns; column += longest) {
      visit(Stretch{first + column, row + column / longest * far, in_blocks ? 1 : strides[last],
                    std::min(longest, columns - column)});
    }
    first += columns;
  });
}

}  // namespace

struct Session::Impl {
  struct StoredParam {
    Type type;
    Layout layout;
    std::byte* data = nullptr;

    void expect_count(const std::string& name, size_t count) const {
      if (static_cast<int64_t>(count) == element_count(type.shape)) return;
      throw Error("param '{}' is {}, but {} values are given", name, to_string(type), count);
    }
  };
  struct Slot {
    size_t phase, call, buffer;
  };
  struct Compiled {
    std::string name;
    LoweredProgram lowered;
    Program program;
    Arena arena;
    std::map<std::string, std::vector<Slot>> inputs;
    std::set<std::string> unbound;
  };

  explicit Impl(SessionOptions given)
      : options(std::move(given)),
        jit(target_named(options.cpu), {options.cache_dir, thread_count(), options.perf_map}),
        runner(thread_count()) {}

  int thread_count() const {
    return options.threads > 0 ? options.threads
                               : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }

  void claim_params(const Compiled& compiled) {
    int64_t bytes = 0;
    for (const Root& root : compiled.lowered.roots) {
      if (root.kind == Root::Kind::param && !params.count(root.name)) bytes += root.bytes;
    }
    param_arenas.emplace_back(bytes);
    std::byte* next = param_arenas.back().data();
    for (const Root& root : compiled.lowered.roots) {
      if (root.kind != Root::Kind::param) continue;
      const auto [found, fresh] = params.emplace(root.name, StoredParam{root.type, root.layout, next});
      if (fresh) next += root.bytes;
      if (found->second.type != root.type) {
        throw Error("program '{}': param '{}' is {}, but an earlier program has it as {}", compiled.name,
                    root.name, to_string(root.type), to_string(found->second.type));
      }
      check(found->second.layout == root.layout, "param '{}' lies differently in two programs", root.name);
    }
  }

  void bind_roots(Compiled& compiled, const std::vector<KernelFn>& functions) {
    const LoweredProgram& lowered = compiled.lowered;
    compiled.arena = Arena(std::max<int64_t>(64, lowered.arena_bytes));
    for (const PlannedPhase& planned : lowered.phases) {
      Phase phase;
      for (const PlannedCall& call : planned.calls) {
        phase.calls.push_back(bind_call(compiled, call, functions[call.kernel],
                                        {compiled.program.phases.size(), phase.calls.size(), 0}));
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
    for (int number : lowered.buffers) {
      const Root& root = compiled.lowered.roots[number];
      slot.buffer = call.buffers.size();
      switch (root.kind) {
        case Root::Kind::input:
          compiled.inputs[root.name].push_back(slot);
          compiled.unbound.insert(root.name);
          call.buffers.push_back(nullptr);
          break;
        case Root::Kind::param:
          call.buffers.push_back(params.at(root.name).data);
          break;
        case Root::Kind::temporary:
        case Root::Kind::output:
          call.buffers.push_back(compiled.arena.data() + root.arena_offset);
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
    check(id >= 0 && id < static_cast<int>(programs.size()), "no program {}", id);
    return *programs[id];
  }
  const Compiled& at(ProgramId id) const { return const_cast<Impl*>(this)->at(id); }

  const Root& output_root(ProgramId id, const std::string& name) const {
    for (const Root& root : at(id).lowered.roots) {
      if (root.kind == Root::Kind::output && root.name == name) return root;
    }
    throw Error("program '{}' has no output '{}'", at(id).name, name);
  }

  const StoredParam& param(const std::string& name) const {
    const auto found = params.find(name);
    if (found == params.end()) throw Error("no param is named '{}'", name);
    return found->second;
  }

  void check_bound(const Compiled& compiled) const {
    if (!compiled.unbound.empty())
      throw Error("program '{}': input '{}' is not bound", compiled.name, *compiled.unbound.begin());
  }

  SessionOptions options;
  Jit jit;
  Runner runner;
  std::map<std::string, StoredParam> params;
  std::vector<Arena> param_arenas;
  std::vector<std::unique_ptr<Compiled>> programs;
};

Session::Session(SessionOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;

Session::ProgramId Session::add(const std::string& name, const Graph& graph) {
  auto compiled = std::make_unique<Impl::Compiled>();
  compiled->name = name;
  PipelineOptions pipeline{
      impl_->options.disabled_passes, impl_->options.fused_updates, impl_->jit.target(), {}};
  for (const auto& [param, stored] : impl_->params) pipeline.param_layouts[param] = stored.layout;
  compiled->lowered = lower_program(graph, pipeline, impl_->options.observer);
  impl_->claim_params(*compiled);
  std::vector<loop::Kernel> kernels;
  std::vector<std::string> names;
  for (const LoweredKernel& kernel : compiled->lowered.kernels) {
    kernels.push_back(kernel.loops);
    names.push_back(kernel.name);
  }
  impl_->bind_roots(*compiled, impl_->jit.compile(kernels, names));
  impl_->runner.reserve(compiled->program);
  impl_->programs.push_back(std::move(compiled));
  return static_cast<ProgramId>(impl_->programs.size()) - 1;
}

void Session::bind(ProgramId program, const std::string& input, const void* data) {
  Impl::Compiled& compiled = impl_->at(program);
  const auto slots = compiled.inputs.find(input);
  if (slots == compiled.inputs.end()) throw Error("program '{}' reads no input '{}'", compiled.name, input);
  for (const Impl::Slot& slot : slots->second)
    compiled.program.phases[slot.phase].calls[slot.call].buffers[slot.buffer] = const_cast<void*>(data);
  compiled.unbound.erase(input);
}

void Session::run(ProgramId program) {
  const Impl::Compiled& compiled = impl_->at(program);
  impl_->check_bound(compiled);
  impl_->options.checked ? impl_->runner.run_checked(compiled.program) : impl_->runner.run(compiled.program);
}

Runner::Times Session::run_timed(ProgramId program) {
  const Impl::Compiled& compiled = impl_->at(program);
  impl_->check_bound(compiled);
  return impl_->runner.run_timed(compiled.program);
}

std::vector<std::byte> Session::output_bytes(ProgramId program, const std::string& name) const {
  const Root& root = impl_->output_root(program, name);
  const std::byte* data = impl_->at(program).arena.data() + root.arena_offset;
  return {data, data + element_count(root.type.shape) * bytes_of(root.type.dtype)};
}

std::vector<float> Session::output(ProgramId program, const std::string& name) const {
  const Root& root = impl_->output_root(program, name);
  if (root.type.dtype != DType::f32) throw Error("output '{}' is {}, not f32", name, to_string(root.type));
  std::vector<float> values(element_count(root.type.shape));
  const std::vector<std::byte> bytes = output_bytes(program, name);
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

const float* Session::scalar_output(ProgramId program, const std::string& name) const {
  const Root& root = impl_->output_root(program, name);
  if (root.type != Type{DType::f32, {}})
    throw Error("output '{}' is {}, not an f32 scalar", name, to_string(root.type));
  return reinterpret_cast<const float*>(impl_->at(program).arena.data() + root.arena_offset);
}

std::vector<std::string> Session::param_names() const {
  std::vector<std::string> names;
  for (const auto& entry : impl_->params) names.push_back(entry.first);
  return names;
}

const Type& Session::param_type(const std::string& name) const { return impl_->param(name).type; }

std::vector<float> Session::param(const std::string& name) const {
  std::vector<float> values(element_count(param_type(name).shape));
  read_param(name, values);
  return values;
}

void Session::read_param(const std::string& name, std::span<float> row_major_values) const {
  const Impl::StoredParam& stored = impl_->param(name);
  stored.expect_count(name, row_major_values.size());
  const auto* data = reinterpret_cast<const float*>(stored.data);
  for_each_stretch(stored.type, stored.layout, [&](const Stretch& s) {
    for (int64_t i = 0; i < s.count; ++i) row_major_values[s.first + i] = data[s.place + i * s.stride];
  });
}

void Session::set_param(const std::string& name, std::span<const float> row_major_values) {
  const Impl::StoredParam& stored = impl_->param(name);
  stored.expect_count(name, row_major_values.size());
  auto* data = reinterpret_cast<float*>(stored.data);
  for_each_stretch(stored.type, stored.layout, [&](const Stretch& s) {
    for (int64_t i = 0; i < s.count; ++i) data[s.place + i * s.stride] = row_major_values[s.first + i];
  });
}

const LoweredProgram& Session::lowered(ProgramId program) const { return impl_->at(program).lowered; }
const SessionOptions& Session::options() const { return impl_->options; }
const Target& Session::target() const { return impl_->jit.target(); }
JitStats Session::jit_stats() const { return impl_->jit.stats(); }

}  // namespace cgan_jit
