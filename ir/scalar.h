#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "ir/type.h"

namespace cgan_jit {

/// The scalar functions, one line each: name, operands, signature.
///   arithmetic  T.. -> T             T in f32, i32, u32 (integers wrap)
///   real        f32.. -> f32
///   bitwise     T.. -> T             T in i32, u32, bool
///   shift       T, T -> T            T in i32, u32; shr is arithmetic for i32, logical for u32; by b modulo
///   32 compare     T, T -> bool         T in f32, i32, u32, u8; with a NaN: ne is true, the others false
///   select      bool, T, T -> T
///   to_X        any -> X             f32 -> int truncates to zero and saturates, NaN gives 0;
///                                    -> u8 wraps (f32: the i32 does); bool gives 0 or 1;
///                                    to_bool is != 0; u32 -> f32 is refused (shift to i32 first)
///   as_X        4 bytes -> 4 bytes   the same bits
/// max(a, b) is NaN if a or b is, else b > a ? b : a, min(a, b) likewise b < a ? b : a: of two zeros the
/// first. leaky_relu(x, slope) is x > 0 ? x : slope * x. fma rounds once. The sign of a zero or NaN is
/// itself. round: to nearest, ties to even. pow: as C's (pow(x, 0) and pow(1, y) are 1, even of a NaN). The
/// order of the list is no contract.
#define CGAN_JIT_SCALAR_FNS(X) \
  X(neg, 1, arithmetic)        \
  X(abs, 1, arithmetic)        \
  X(sign, 1, real)             \
  X(floor, 1, real)            \
  X(round, 1, real)            \
  X(sqrt, 1, real)             \
  X(exp, 1, real)              \
  X(expm1, 1, real)            \
  X(log, 1, real)              \
  X(log1p, 1, real)            \
  X(tanh, 1, real)             \
  X(sigmoid, 1, real)          \
  X(sin, 1, real)              \
  X(cos, 1, real)              \
  X(add, 2, arithmetic)        \
  X(sub, 2, arithmetic)        \
  X(mul, 2, arithmetic)        \
  X(div, 2, real)              \
  X(max, 2, arithmetic)        \
  X(min, 2, arithmetic)        \
  X(leaky_relu, 2, real)       \
  X(fma, 3, real)              \
  X(lt, 2, compare)            \
  X(le, 2, compare)            \
  X(eq, 2, compare)            \
  X(ne, 2, compare)            \
  X(bit_and, 2, bitwise)       \
  X(bit_or, 2, bitwise)        \
  X(bit_xor, 2, bitwise)       \
  X(bit_not, 1, bitwise)       \
  X(shl, 2, shift)             \
  X(shr, 2, shift)             \
  X(select, 3, select)         \
  X(to_f32, 1, to_f32)         \
  X(to_i32, 1, to_i32)         \
  X(to_u32, 1, to_u32)         \
  X(to_u8, 1, to_u8)           \
  X(to_bool, 1, to_bool)       \
  X(as_f32, 1, as_f32)         \
  X(as_i32, 1, as_i32)         \
  X(as_u32, 1, as_u32)         \
  X(erf, 1, real)              \
  X(pow, 2, real)

enum class Fn : uint8_t {
#define X(name, arity, signature) name,
  CGAN_JIT_SCALAR_FNS(X)
#undef X
};

enum class Signature : uint8_t {
  arithmetic,
  real,
  bitwise,
  shift,
  compare,
  select,
  to_f32,
  to_i32,
  to_u32,
  to_u8,
  to_bool,
  as_f32,
  as_i32,
  as_u32
};

/// Every scalar function, in the order of the list.
const std::vector<Fn>& all_fns();
std::string_view name_of(Fn fn);
std::optional<Fn> fn_named(std::string_view name);
int arity_of(Fn fn);
Signature signature_of(Fn fn);
/// The result's element type, or nothing if these operand types do not fit.
std::optional<DType> result_type(Fn fn, const std::vector<DType>& operands);

/// A transcendental function written in primitive ones: straight-line code over f32/i32/u32/bool. Operand k
/// of a step is a value index: first the function's own operands, then the steps' results in order. A literal
/// step has no args. The float interpreter and the code generator both run this list, so that they agree to
/// the last bit.
struct ExpansionStep {
  std::optional<Fn> fn;  // nothing: a literal
  DType dtype;           // of the result
  double literal = 0;
  std::vector<int> args;
};
struct Expansion {
  int arity = 0;
  std::vector<ExpansionStep> steps;  // the last one is the result
};
/// The expansion of exp, expm1, log, log1p, tanh, sigmoid, sin, cos, erf, pow, sign and leaky_relu (at most
/// 4 ulp from the true value, each documented beside its steps, tested over all floats); nullptr for
/// primitive functions. Where operands of at most `magnitude` need fewer steps, those: the bits are the same.
const Expansion* expansion_of(Fn fn, double magnitude = std::numeric_limits<double>::infinity());

}  // namespace cgan_jit
