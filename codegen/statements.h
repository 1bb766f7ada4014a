#pragma once

#include "codegen/addresses.h"
#include "codegen/memory.h"
#include "codegen/registers.h"
#include "ir/loops.h"

namespace cgan_jit {

/// Straight statements, all but loops and branches, in LLVM's instructions: from memory and registers to
/// memory and registers, where the builder stands.
class Statements {
 public:
  Statements(llvm::IRBuilderBase& build, Memory& memory, Addresses& addresses, Registers& registers);

  void operator()(const loop::Load& stmt);
  void operator()(const loop::Store& stmt);
  void operator()(const loop::Literal& stmt);
  void operator()(const loop::IndexValue& stmt);
  void operator()(const loop::LaneIds& stmt);
  void operator()(const loop::Splat& stmt);
  void operator()(const loop::Compute& stmt);
  void operator()(const loop::Copy& stmt);
  void operator()(const loop::Divide& stmt);
  void operator()(const loop::PhiloxBlock& stmt);
  void operator()(const loop::ReduceLanes& stmt);
  void operator()(const loop::Transpose& stmt);
  void operator()(const loop::Prefetch& stmt);

 private:
  llvm::Value* value(loop::Reg reg) const { return registers_.value(reg); }
  void define(loop::Reg reg, llvm::Value* value) { registers_.define(reg, value); }

  llvm::IRBuilderBase& build_;
  Memory& memory_;
  Addresses& addresses_;
  Registers& registers_;
};

}  // namespace cgan_jit
