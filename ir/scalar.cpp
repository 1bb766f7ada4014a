#include "ir/scalar.h"

#include <algorithm>

#include "ir/error.h"

namespace cgan_jit {

namespace {

struct FnInfo {
  std::string_view name;
  int arity;
  Signature signature;
};

constexpr FnInfo fn_table[] = {
#define X(name, arity, signature) {#name, arity, Signature::signature},
    CGAN_JIT_SCALAR_FNS(X)
#undef X
};

const FnInfo& info_of(Fn fn) { return fn_table[static_cast<size_t>(fn)]; }

bool one_of(DType dtype, std::initializer_list<DType> allowed) {
  return std::find(allowed.begin(), allowed.end(), dtype) != allowed.end();
}

std::optional<DType> given(bool fits, DType result) { return fits ? std::optional(result) : std::nullopt; }

}  // namespace

const std::vector<Fn>& all_fns() {
  static const std::vector<Fn> fns = {
#define X(name, arity, signature) Fn::name,
      CGAN_JIT_SCALAR_FNS(X)
#undef X
  };
  return fns;
}

std::string_view name_of(Fn fn) { return info_of(fn).name; }

std::optional<Fn> fn_named(std::string_view name) {
  for (Fn fn : all_fns()) {
    if (name_of(fn) == name) return fn;
  }
  return {};
}

int arity_of(Fn fn) { return info_of(fn).arity; }

Signature signature_of(Fn fn) { return info_of(fn).signature; }

std::optional<DType> result_type(Fn fn, const std::vector<DType>& operands) {
  if (static_cast<int>(operands.size()) != arity_of(fn)) return {};
  const DType first = operands.front(), last = operands.back();
  const bool equal =
      std::all_of(operands.begin(), operands.end(), [&](DType dtype) { return dtype == first; });
  const bool four_bytes = bytes_of(first) == 4;
  switch (signature_of(fn)) {
    case Signature::arithmetic:
      return given(equal && one_of(first, {DType::f32, DType::i32, DType::u32}), first);
    case Signature::real:
      return given(equal && first == DType::f32, DType::f32);
    case Signature::bitwise:
      return given(equal && one_of(first, {DType::i32, DType::u32, DType::boolean}), first);
    case Signature::shift:
      return given(equal && one_of(first, {DType::i32, DType::u32}), first);
    case Signature::compare:
      return given(equal && first != DType::boolean, DType::boolean);
    case Signature::select:
      return given(first == DType::boolean && operands[1] == last, last);
    case Signature::to_f32:
      return given(first != DType::u32, DType::f32);
    case Signature::to_i32:
      return DType::i32;
    case Signature::to_u32:
      return DType::u32;
    case Signature::to_u8:
      return DType::u8;
    case Signature::to_bool:
      return DType::boolean;
    case Signature::as_f32:
      return given(four_bytes, DType::f32);
    case Signature::as_i32:
      return given(four_bytes, DType::i32);
    case Signature::as_u32:
      return given(four_bytes, DType::u32);
  }
  throw InternalError("internal error: no such signature");
}

}  // namespace cgan_jit
