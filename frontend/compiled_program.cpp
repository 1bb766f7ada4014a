#include "frontend/compiled_program.h"

#include <algorithm>

#include "frontend/expect.h"

namespace cgan_jit {
namespace {

constexpr int64_t least_arena = 64;  // bytes

template <typename Entries>
std::vector<std::string> keys_of(const Entries& entries) {
  std::vector<std::string> keys;
  for (const auto& entry : entries) keys.push_back(entry.first);
  return keys;
}

}  // namespace

CompiledProgram::CompiledProgram(std::string name, const Graph& declared, LoweredProgram lowered,
                                 const std::vector<KernelFn>& functions, const ParamStore& params)
    : name_(std::move(name)),
      lowered_(std::move(lowered)),
      arena_(std::max(least_arena, lowered_.arena_bytes)) {
  declare_inputs(declared);
  for (const PlannedPhase& planned : lowered_.phases) add_phase(planned, functions, params);
  for (const LoweredKernel& kernel : lowered_.kernels)
    program_.scratch_bytes = std::max(program_.scratch_bytes, kernel.loops.scratch_bytes());
  add_poisons();
}

void CompiledProgram::declare_inputs(const Graph& declared) {
  for (const Node& node : declared.nodes()) {
    if (const auto* input = as<Input>(node)) inputs_[input->name].type = node.type;
  }
}

void CompiledProgram::add_phase(const PlannedPhase& planned, const std::vector<KernelFn>& functions,
                                const ParamStore& params) {
  Phase& phase = program_.phases.emplace_back();
  for (const PlannedCall& call : planned.calls) {
    const Slot first{program_.phases.size() - 1, phase.calls.size(), 0, 0};
    phase.calls.push_back(call_of(call, functions[call.kernel], params, first));
  }
}

/// `slot` is that of the call's first buffer.
Call CompiledProgram::call_of(const PlannedCall& planned, KernelFn function, const ParamStore& params,
                              Slot slot) {
  const LoweredKernel& kernel = lowered_.kernels[planned.kernel];
  Call call{function, {}, kernel.loops.units, planned.with_previous, planned.first_panel};
  for (; slot.buffer < kernel.buffers.size(); ++slot.buffer) {
    const Root& root = lowered_.roots[kernel.buffers[slot.buffer]];
    slot.start = kernel.starts[slot.buffer];
    switch (root.kind) {
      case Root::Kind::input:
        inputs_.at(root.name).slots.push_back(slot);
        call.buffers.push_back(nullptr);
        break;
      case Root::Kind::param: {
        const StoredParam& param = params.at(root.name);
        check(param.type == root.type && param.layout == root.layout,
              "param '{}' lies otherwise than program '{}' has it", root.name, name_);
        call.buffers.push_back(param.data + slot.start);
        break;
      }
      case Root::Kind::temporary:
      case Root::Kind::output:
        call.buffers.push_back(arena_.data() + root.arena_offset + slot.start);
        break;
    }
  }
  return call;
}

/// A temporary is dead behind the last phase that names it.
void CompiledProgram::add_poisons() {
  std::vector<int> last(lowered_.roots.size(), -1);
  for (size_t phase = 0; phase < lowered_.phases.size(); ++phase) {
    for (const PlannedCall& call : lowered_.phases[phase].calls) {
      for (int root : lowered_.kernels[call.kernel].buffers) last[root] = static_cast<int>(phase);
    }
  }
  for (size_t i = 0; i < last.size(); ++i) {
    const Root& root = lowered_.roots[i];
    if (root.kind != Root::Kind::temporary || last[i] < 0) continue;
    program_.poisons.push_back({static_cast<size_t>(last[i]), arena_.data() + root.arena_offset, root.bytes});
  }
}

std::string CompiledProgram::title(const std::string& input) const {
  return fmt::format("program '{}': input '{}'", name_, input);
}

const Type& CompiledProgram::input_type(const std::string& name) const {
  const auto found = inputs_.find(name);
  if (found != inputs_.end()) return found->second.type;
  throw Error("program '{}' has no input '{}'; there are: {}", name_, name, listed(keys_of(inputs_)));
}

void CompiledProgram::bind(const std::string& input, std::span<const std::byte> values) {
  expect_size(title(input), input_type(input), values.size());
  BoundInput& bound = inputs_.at(input);
  auto* memory = const_cast<std::byte*>(values.data());
  for (const Slot& slot : bound.slots)
    program_.phases[slot.phase].calls[slot.call].buffers[slot.buffer] = memory + slot.start;
  bound.bound = true;
}

void CompiledProgram::expect_bound() const {
  for (const auto& [name, input] : inputs_) {
    if (!input.slots.empty() && !input.bound) throw Error("{} is not bound", title(name));
  }
}

const Root& CompiledProgram::output_root(const std::string& name) const {
  std::vector<std::string> names;
  for (const Root& root : lowered_.roots) {
    if (root.kind != Root::Kind::output) continue;
    if (root.name == name) return root;
    names.push_back(root.name);
  }
  throw Error("program '{}' has no output '{}'; there are: {}", name_, name, listed(names));
}

std::span<const std::byte> CompiledProgram::output(const std::string& name) const {
  const Root& root = output_root(name);
  const int64_t bytes = element_count(root.type.shape) * bytes_of(root.type.dtype);
  return {arena_.data() + root.arena_offset, static_cast<size_t>(bytes)};
}

}  // namespace cgan_jit
