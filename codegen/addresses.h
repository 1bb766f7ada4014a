#pragma once

#include <map>
#include <utility>
#include <vector>

#include "codegen/memory.h"
#include "codegen/registers.h"
#include "ir/loops.h"

namespace cgan_jit {

/// Index variables, indices and addresses as values. Each loop adds its own term to what the loops around it
/// know: a sum of terms is made once, at the head of the innermost loop that one of its variables belongs to,
/// so inside of a loop nothing is left to add but constants.
class Addresses {
 public:
  Addresses(llvm::IRBuilderBase& build, const loop::Kernel& kernel, const Memory& memory,
            const Registers& registers);

  /// The function's start, or a loop: code is being written inside of it until `leave`.
  void enter(llvm::BasicBlock* head);
  void leave();
  /// Inside of the innermost loop, whose counter it is, the variable is counter + add.
  void set(loop::Var var, llvm::Value* counter, int64_t add);
  void set(loop::Var var, int64_t constant);

  /// As an i64.
  llvm::Value* integer(const loop::Index& index);

  /// True where every lane has a place of its own.
  bool scattered(const loop::Address& address) const;
  /// A pointer; of a scattered address without what differs from lane to lane.
  llvm::Value* of(const loop::Address& address);
  /// 16 pointers, of a scattered address.
  llvm::Value* of_lanes(const loop::Address& address);

 private:
  using IndexTerm = std::pair<loop::Var, int64_t>;
  using IndexTerms = std::vector<IndexTerm>;

  /// A variable's value: base + add, the base a loop's counter, or a constant (no base). Known inside the
  /// loop of number `loop`.
  struct Position {
    llvm::Value* base = nullptr;
    int64_t add = 0;
    size_t loop = 0;
  };

  /// What is known at the head of a loop, or at the function's start.
  struct Known {
    llvm::BasicBlock* head = nullptr;
    std::map<IndexTerms, llvm::Value*> sums;
    std::map<std::pair<loop::Buf, IndexTerms>, llvm::Value*> pointers;
  };

  /// An index split into what is constant and what is not: terms whose variables have a base, those of the
  /// outermost loop first.
  struct Linear {
    int64_t constant = 0;
    IndexTerms terms;
  };

  const Position& position(loop::Var var) const { return positions_[static_cast<size_t>(var)]; }
  Known& innermost_of(const IndexTerms& terms) { return loops_[position(terms.back().first).loop]; }
  Linear linear(const loop::Index& index) const;
  llvm::Value* scaled(const IndexTerm& term);
  llvm::Value* sum(const IndexTerms& terms);
  llvm::Value* pointer(loop::Buf buf, const IndexTerms& terms);
  llvm::Value* moved(llvm::Type* type, llvm::Value* at, loop::Reg reg, int64_t stride);
  template <typename Make>
  llvm::Value* at_head(const Known& loop, const Make& make);

  llvm::IRBuilderBase& build_;
  const Memory& memory_;
  const Registers& registers_;
  std::vector<Position> positions_;
  std::vector<Known> loops_;  // those that are open, outermost first
};

}  // namespace cgan_jit
