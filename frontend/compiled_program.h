#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "frontend/param_store.h"
#include "passes/program.h"
#include "runtime/program.h"

namespace cgan_jit {

/// A program ready to run: its kernels' code, the memory of its values, and where its inputs are bound.
class CompiledProgram {
 public:
  /// `declared` is the graph as its user wrote it: all its inputs may be bound, read or not. `functions` are
  /// the code of the lowered kernels. Params lie in `params`, which outlives this.
  CompiledProgram(std::string name, const Graph& declared, LoweredProgram lowered,
                  const std::vector<KernelFn>& functions, const ParamStore& params);

  const LoweredProgram& lowered() const { return lowered_; }
  const Program& program() const { return program_; }
  /// For the runner that will run it.
  void prepare(Runner& runner) { runner.prepare(program_); }

  /// An input's type. Throws Error when the program declares none of that name.
  const Type& input_type(const std::string& name) const;
  /// How errors call an input.
  std::string title(const std::string& input) const;
  /// Where an input's values are, of its size.
  void bind(const std::string& input, std::span<const std::byte> values);
  /// Throws Error when an input that a kernel reads is not bound.
  void expect_bound() const;

  /// Throw Error when no output is called so.
  const Type& output_type(const std::string& name) const { return output_root(name).type; }
  std::span<const std::byte> output(const std::string& name) const;

 private:
  /// Where a kernel finds an input: a buffer of a call, that many bytes behind the input's start.
  struct Slot {
    size_t phase, call, buffer;
    int64_t start;
  };
  struct BoundInput {
    Type type;
    std::vector<Slot> slots;
    bool bound = false;
  };

  void declare_inputs(const Graph& declared);
  void add_phase(const PlannedPhase& planned, const std::vector<KernelFn>& functions,
                 const ParamStore& params);
  Call call_of(const PlannedCall& planned, KernelFn function, const ParamStore& params, Slot slot);
  void add_poisons();
  const Root& output_root(const std::string& name) const;

  std::string name_;
  LoweredProgram lowered_;
  Program program_;
  Arena arena_;
  std::map<std::string, BoundInput> inputs_;
};

}  // namespace cgan_jit
