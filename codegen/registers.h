#pragma once

#include <set>
#include <utility>
#include <vector>

#include "ir/loops.h"

namespace llvm {
class BasicBlock;
class IRBuilderBase;
class PHINode;
class Type;
class Value;
}  // namespace llvm

namespace cgan_jit {

/// A kernel's loop registers as SSA values: what each holds where code is being written. Where two ways meet,
/// a register that they leave with different values becomes a phi, and one that only one of them assigned
/// holds nothing.
class Registers {
 public:
  /// By a register's number; null: it holds nothing.
  using State = std::vector<llvm::Value*>;
  /// A register that a loop carries round, and its value at the loop's head.
  using Carried = std::pair<loop::Reg, llvm::PHINode*>;

  Registers(llvm::IRBuilderBase& build, const loop::Kernel& kernel);

  loop::RegType type(loop::Reg reg) const;
  llvm::Type* llvm_type(loop::Reg reg) const;
  bool is_vector(loop::Reg reg) const { return type(reg).vector; }

  /// Throws InternalError if the register holds nothing.
  llvm::Value* value(loop::Reg reg) const;
  void define(loop::Reg reg, llvm::Value* value);

  const State& state() const { return state_; }
  void restore(State state) { state_ = std::move(state); }
  /// At a point reached from the blocks a and b, which left the registers so.
  void merge(llvm::BasicBlock* a, const State& of_a, llvm::BasicBlock* b, const State& of_b);
  llvm::PHINode* either(llvm::BasicBlock* a, llvm::Value* of_a, llvm::BasicBlock* b, llvm::Value* of_b);

  /// At a loop's head: of the registers that its body assigns, those that hold something go round.
  std::vector<Carried> begin_round(const std::set<loop::Reg>& assigned);
  /// At the end of its body: the loop was entered from `before` with the registers `outside`, and goes round
  /// from `latch`.
  void end_round(const std::vector<Carried>& carried, llvm::BasicBlock* before, const State& outside,
                 llvm::BasicBlock* latch);
  /// Once all code is written.
  void drop_unused_phis();

 private:
  llvm::IRBuilderBase& build_;
  const loop::Kernel& kernel_;
  State state_;
  std::vector<llvm::PHINode*> phis_;
};

}  // namespace cgan_jit
