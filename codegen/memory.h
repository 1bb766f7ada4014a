#pragma once

#include <vector>

#include "ir/loops.h"

namespace llvm {
class Function;
class IRBuilderBase;
class MDNode;
class Type;
class Value;
}  // namespace llvm

namespace cgan_jit {

/// A buffer or scratch area: where it starts, and which other memory it cannot be.
struct Area {
  DType dtype = DType::f32;
  llvm::Value* start = nullptr;
  bool constant = false;  // nobody writes to it while the kernel runs
  llvm::MDNode *scope = nullptr, *others = nullptr;
};

/// A kernel's areas, and every access to them. Each access says which area it touches, so that a store to one
/// never makes another be read again. A boolean is a byte in memory and a bit in a register. Masks are of i1,
/// as wide as what they mask; where one is off nothing is touched, and what is read is 0.
class Memory {
 public:
  /// Reads every buffer's address, once, where `build` stands in `function`. `wide`: there are 512-bit
  /// registers, and instructions for their masks.
  Memory(llvm::IRBuilderBase& build, const loop::Kernel& kernel, llvm::Function& function, bool wide);

  const Area& area(loop::Buf buf) const;
  /// One element, or 16, as memory has them.
  llvm::Type* element(const Area& area) const;
  llvm::Type* vector(const Area& area) const;
  /// What memory has as a register's value, and the other way round.
  llvm::Value* from_memory(llvm::Value* value, const Area& area);
  llvm::Value* to_memory(llvm::Value* value, const Area& area);

  llvm::Value* read(llvm::Type* type, llvm::Value* at, const Area& area);
  llvm::Value* read_masked(llvm::Type* type, llvm::Value* at, llvm::Value* mask, const Area& area);
  /// 16 elements at their own places. `mask` may be null: all.
  llvm::Value* gather(llvm::Value* places, llvm::Value* mask, const Area& area);

  void write(llvm::Value* value, llvm::Value* at, const Area& area);
  void write_masked(llvm::Value* value, llvm::Value* at, llvm::Value* mask, const Area& area);
  /// 16 elements to their own places, in order: of two with one place, the higher lane's stays. `mask` may be
  /// null: all.
  void scatter(llvm::Value* value, llvm::Value* places, llvm::Value* mask, const Area& area);

 private:
  llvm::Value* read_if(llvm::Value* condition, llvm::Value* at, const Area& area);
  void write_if(llvm::Value* condition, llvm::Value* value, llvm::Value* at, const Area& area);
  llvm::Value* gather_one_by_one(llvm::Value* places, llvm::Value* mask, const Area& area);

  llvm::IRBuilderBase& build_;
  const bool wide_;
  llvm::Value* const harmless_;  // a place that may always be read
  std::vector<Area> areas_;
};

}  // namespace cgan_jit
