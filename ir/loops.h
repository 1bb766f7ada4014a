#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ir/scalar.h"
#include "ir/type.h"

/// The loop IR: one fused kernel as loops over vectors of 16 lanes, the last form before machine code. It
/// says exactly what is computed and in which order; the code generator chooses nothing but instructions.
namespace cgan_jit::loop {

constexpr int lanes = 16;

enum class Var : uint32_t {
};  // an index variable: 64-bit, set by the For that declares it (or the kernel's unit)
enum class Reg : uint32_t {};  // a register: may be assigned more than once; a loop carries its value round
enum class Buf : uint32_t {};  // one of the kernel's buffers, then its scratch areas

/// offset + sum of coefficient * var, modulo 2^64: what lies far outside is never touched. Variables are
/// distinct and increasing, coefficients not 0.
struct Index {
  int64_t offset = 0;
  std::vector<std::pair<Var, int64_t>> terms;
  bool operator==(const Index&) const = default;
};
Index operator+(const Index& a, const Index& b);
Index operator+(const Index& a, int64_t b);
Index operator*(const Index& a, int64_t factor);
Index index_of(Var var);

/// Of one register: an element type, and 1 or 16 of it.
struct RegType {
  DType dtype = DType::f32;
  bool vector = false;
  bool operator==(const RegType&) const = default;
};

/// An element of a buffer: index + the value of `plus` (i32) + those of `far` (i32), each times its stride in
/// 64 bits; in elements. Nothing is checked.
struct Address {
  Buf buf{};
  Index index;
  std::optional<Reg> plus;
  std::vector<std::pair<Reg, int64_t>> far{};
  bool operator==(const Address&) const = default;
};

struct Stmt;
using Block = std::vector<Stmt>;

/// dst = memory. Scalar dst: one element. Vector dst: 16 neighbours; or, if a register of `from` is a vector,
/// 16 elements at their own places. Lanes (or the one element) where `mask` (bool, as wide as dst) is false
/// are not touched and give 0. The memory's element type is dst's.
struct Load {
  Reg dst;
  Address from;
  std::optional<Reg> mask;
  bool operator==(const Load&) const = default;
};
/// memory = value, with the same rules.
struct Store {
  Address to;
  Reg value;
  std::optional<Reg> mask;
  bool operator==(const Store&) const = default;
};
/// dst = value, in every lane.
struct Literal {
  Reg dst;
  double value = 0;
  bool operator==(const Literal& other) const { return dst == other.dst && same_number(value, other.value); }
};
/// dst (i32 or u32; scalar, or vector: the same in every lane) = the index, truncated to 32 bits.
struct IndexValue {
  Reg dst;
  Index index;
  bool operator==(const IndexValue&) const = default;
};
/// dst (i32 vector) = 0, 1, ..., 15.
struct LaneIds {
  Reg dst;
  bool operator==(const LaneIds&) const = default;
};
/// dst (vector) = src (scalar) in every lane.
struct Splat {
  Reg dst, src;
  bool operator==(const Splat&) const = default;
};
/// dst = fn(args): a primitive function (expansion_of(fn) == nullptr), all registers scalar or all vector.
struct Compute {
  Reg dst;
  Fn fn;
  std::vector<Reg> args;
  bool operator==(const Compute&) const = default;
};
/// dst = src, same type.
struct Copy {
  Reg dst, src;
  bool operator==(const Copy&) const = default;
};
/// quotient = value / divisor, remainder = value % divisor (i32, value >= 0, divisor a positive constant).
struct Divide {
  Reg quotient, remainder, value;
  int64_t divisor = 1;
  bool operator==(const Divide&) const = default;
};
/// Philox4x32-10: dst[0..3] = philox({counter[0..3]}, {key[0..1]}); u32, all scalar or all vector.
struct PhiloxBlock {
  std::array<Reg, 4> dst, counter;
  std::array<Reg, 2> key;
  bool operator==(const PhiloxBlock&) const = default;
};
/// dst (scalar) = the 16 lanes of src (vector) combined with fn (add or max): (i, i+8), (i, i+4), (i, i+2),
/// (0, 1); a is the lower lane.
struct ReduceLanes {
  Reg dst, src;
  Fn fn;
  bool operator==(const ReduceLanes&) const = default;
};
/// A 16 x 16 block of f32: to[j * to_stride + i] = from[i * from_stride + j] for i, j < 16 (strides in
/// elements). No overlap.
struct Transpose {
  Address from;
  int64_t from_stride = 16;
  Address to;
  int64_t to_stride = 16;
  bool operator==(const Transpose&) const = default;
};
/// A hint: the cache line at `address` is read (or written) soon.
struct Prefetch {
  Address address;
  bool write = false;
  bool operator==(const Prefetch&) const = default;
};
/// for (var = begin; var < min(ends); var += step) body. `unroll` copies of the body per iteration (a hint
/// that keeps the order); the rest of the trips, if any, run in a plain loop. Registers assigned in the body
/// and before it are carried round.
struct For {
  Var var;
  Index begin;
  std::vector<Index> ends;
  int64_t step = 1;
  int unroll = 1;
  Block body;
  bool operator==(const For&) const;
};
/// if (index < below) then; else otherwise.
struct If {
  Index index;
  int64_t below = 0;
  Block then, otherwise;
  bool operator==(const If&) const;
};

struct Stmt {
  std::variant<Load, Store, Literal, IndexValue, LaneIds, Splat, Compute, Copy, Divide, PhiloxBlock,
               ReduceLanes, Transpose, Prefetch, For, If>
      op;
  template <typename T>
  Stmt(T statement) : op(std::move(statement)) {}  // NOLINT: a statement is any of its kinds
  bool operator==(const Stmt&) const = default;
};

/// Memory that the kernel is given. Elements include padding. Buffers do not overlap unless they are one
/// buffer.
struct Buffer {
  DType dtype = DType::f32;
  int64_t elements = 0;
  bool written = false;
  bool operator==(const Buffer&) const = default;
};
/// Memory private to the thread, at a fixed 64-byte-aligned byte offset of its scratch.
struct ScratchArea {
  DType dtype = DType::f32;
  int64_t elements = 0;
  int64_t byte_offset = 0;
  bool operator==(const ScratchArea&) const = default;
};

/// `body` runs for unit = first .. last - 1 (the caller's range), within 0 .. units. Units are independent:
/// they may run in any order on any thread. A Buf below buffers.size() is a buffer, then come the scratch
/// areas. Every buffer is 64-byte aligned.
struct Kernel {
  std::vector<Buffer> buffers;
  std::vector<ScratchArea> scratch;
  std::vector<RegType> regs;
  uint32_t var_count = 1;
  Var unit{0};
  int64_t units = 1;
  Block prologue;  // once per call, before the units: what does not depend on the unit
  Block body;
  bool operator==(const Kernel&) const = default;

  int64_t scratch_bytes() const;
};

/// The kernel as readable, canonical text: the same kernel always prints the same. It carries no names,
/// pointers or times: it is the JIT's cache key.
std::string print(const Kernel& kernel);

/// Throws InternalError, naming the statement, unless registers, variables and buffers exist, types fit each
/// statement, and a register is assigned before it is read whatever the trip counts and conditions: what a
/// For assigns does not count after it, what an If assigns counts if both branches do. The body assigns no
/// register of the prologue (units are independent).
void verify(const Kernel& kernel);

}  // namespace cgan_jit::loop
