#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>

#include "ir/scalar.h"

namespace llvm {
class IRBuilderBase;
class Type;
class Value;
}  // namespace llvm

/// Values in, value out: the arithmetic of the loop IR in LLVM's instructions. Everything works on scalars
/// and on vectors of 16 alike and no fast-math flag is ever set.
namespace cgan_jit::instructions {

/// In a register: float, i32, i32, i8, i1; `vector`: 16 of them.
llvm::Type* register_type(llvm::IRBuilderBase& build, DType dtype, bool vector);
/// In memory: a boolean is a byte.
llvm::Type* memory_type(llvm::IRBuilderBase& build, DType dtype, bool vector);

/// A loop: body(0) to body(times - 1), times > 0. The values `carried` go round: the body finds in them what
/// the round before left there.
void repeat(llvm::IRBuilderBase& build, uint64_t times, std::span<llvm::Value** const> carried,
            const std::function<void(llvm::Value*)>& body);

/// fn(args), a primitive function; `dtype` is the type of its last operand (the one that says which
/// instruction is meant).
llvm::Value* compute(llvm::IRBuilderBase& build, Fn fn, DType dtype, std::span<llvm::Value* const> args);

/// The 16 lanes combined: (i, i+8), (i, i+4), (i, i+2), (0, 1); the lower lane is the first operand.
llvm::Value* reduce_lanes(llvm::IRBuilderBase& build, Fn fn, DType dtype, llvm::Value* vector);

/// Philox4x32-10 in every lane.
std::array<llvm::Value*, 4> philox(llvm::IRBuilderBase& build, std::array<llvm::Value*, 4> counter,
                                   std::array<llvm::Value*, 2> key);

/// The transposes of the 4 x 4 blocks of four rows: rows are vectors of 16, a block is a group of four lanes
/// of each.
std::array<llvm::Value*, 4> transpose_fours(llvm::IRBuilderBase& build,
                                            const std::array<llvm::Value*, 4>& rows);

}  // namespace cgan_jit::instructions
