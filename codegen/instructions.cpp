#include "codegen/instructions.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "ir/error.h"
#include "ir/loops.h"

namespace cgan_jit::instructions {

namespace {

using llvm::Type;
using llvm::Value;
using Build = llvm::IRBuilderBase;

Type* scalar_type(Build& build, DType dtype) {
  switch (dtype) {
    case DType::f32:
      return build.getFloatTy();
    case DType::i32:
    case DType::u32:
      return build.getInt32Ty();
    case DType::u8:
      return build.getInt8Ty();
    case DType::boolean:
      return build.getInt1Ty();
  }
  throw InternalError("internal error: an element type out of range");
}

/// `element` or a vector of as many as `like` has.
Type* shaped_like(Value* like, Type* element) {
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(like->getType());
  return vector ? llvm::FixedVectorType::get(element, vector->getNumElements()) : element;
}

Value* real(Value* like, double value) {
  return llvm::ConstantFP::get(shaped_like(like, Type::getFloatTy(like->getContext())), value);
}

Value* whole(Value* like, uint32_t value) {
  return llvm::ConstantInt::get(shaped_like(like, Type::getInt32Ty(like->getContext())), value);
}

Value* zero_of(Value* like) { return llvm::Constant::getNullValue(like->getType()); }

bool is_signed(DType dtype) { return dtype == DType::i32; }

Value* greater(Build& build, DType dtype, Value* a, Value* b) {
  if (dtype == DType::f32) return build.CreateFCmpOGT(a, b);
  return is_signed(dtype) ? build.CreateICmpSGT(a, b) : build.CreateICmpUGT(a, b);
}

Value* less(Build& build, DType dtype, Value* a, Value* b) {
  if (dtype == DType::f32) return build.CreateFCmpOLT(a, b);
  return is_signed(dtype) ? build.CreateICmpSLT(a, b) : build.CreateICmpULT(a, b);
}

Value* less_equal(Build& build, DType dtype, Value* a, Value* b) {
  if (dtype == DType::f32) return build.CreateFCmpOLE(a, b);
  return is_signed(dtype) ? build.CreateICmpSLE(a, b) : build.CreateICmpULE(a, b);
}

/// `chosen`, which is a where a or b is NaN; b where b is NaN. For what can be no NaN nothing is added.
Value* or_nan(Build& build, DType dtype, Value* b, Value* chosen) {
  if (dtype != DType::f32) return chosen;
  Value* is_nan = build.CreateFCmpUNO(b, b);
  const auto* known = llvm::dyn_cast<llvm::Constant>(is_nan);
  return known && known->isNullValue() ? chosen : build.CreateSelect(is_nan, b, chosen);
}

Value* larger(Build& build, DType dtype, Value* a, Value* b) {
  return or_nan(build, dtype, b, build.CreateSelect(greater(build, dtype, b, a), b, a));
}

Value* smaller(Build& build, DType dtype, Value* a, Value* b) {
  return or_nan(build, dtype, b, build.CreateSelect(less(build, dtype, b, a), b, a));
}

/// The amount of a shift, modulo 32.
Value* amount(Build& build, Value* b) { return build.CreateAnd(b, whole(b, 31)); }

Value* negated(Build& build, DType dtype, Value* x) {
  return dtype == DType::f32 ? build.CreateFNeg(x) : build.CreateNeg(x);
}

Value* magnitude(Build& build, DType dtype, Value* x) {
  if (dtype == DType::f32) return build.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x);
  return is_signed(dtype) ? build.CreateBinaryIntrinsic(llvm::Intrinsic::abs, x, build.getFalse()) : x;
}

constexpr double two_31 = 2147483648.0;

/// Truncated and saturated; NaN gives 0. A conversion out of range has no defined result, so it is given 0
/// instead.
Value* real_to_i32(Build& build, Value* x) {
  Value* in_range = build.CreateFCmpOLT(magnitude(build, DType::f32, x), real(x, two_31));
  Value* inside = build.CreateFPToSI(build.CreateSelect(in_range, x, real(x, 0)), whole(x, 0)->getType());
  Value* above = build.CreateFCmpOGE(x, real(x, two_31));
  Value* below = build.CreateFCmpOLE(x, real(x, -two_31));
  return build.CreateSelect(above, whole(x, 0x7fffffff),
                            build.CreateSelect(below, whole(x, 0x80000000), inside));
}

Value* real_to_u32(Build& build, Value* x) {
  Value* high = build.CreateFCmpOGE(x, real(x, two_31));
  Value* positive = build.CreateSelect(build.CreateFCmpOGT(x, real(x, 0)), x, real(x, 0));
  Value* lower = build.CreateSelect(high, build.CreateFSub(positive, real(x, two_31)), positive);
  Value* too_high = build.CreateFCmpOGE(x, real(x, 2 * two_31));
  Value* inside = build.CreateFPToSI(build.CreateSelect(too_high, real(x, 0), lower), whole(x, 0)->getType());
  Value* shifted = build.CreateXor(inside, build.CreateSelect(high, whole(x, 0x80000000), whole(x, 0)));
  return build.CreateSelect(too_high, whole(x, 0xffffffff), shifted);
}

Value* to_real(Build& build, DType from, Value* x) {
  if (from == DType::f32) return x;
  check(from != DType::u32, "to_f32 of u32");
  return build.CreateSIToFP(build.CreateZExtOrTrunc(x, whole(x, 0)->getType()), real(x, 0)->getType());
}

Value* to_i32(Build& build, DType from, Value* x) {
  return from == DType::f32 ? real_to_i32(build, x) : build.CreateZExtOrTrunc(x, whole(x, 0)->getType());
}

Value* to_u32(Build& build, DType from, Value* x) {
  return from == DType::f32 ? real_to_u32(build, x) : build.CreateZExtOrTrunc(x, whole(x, 0)->getType());
}

Value* to_u8(Build& build, DType from, Value* x) {
  return build.CreateZExtOrTrunc(to_i32(build, from, x), shaped_like(x, build.getInt8Ty()));
}

Value* to_bool(Build& build, DType from, Value* x) {
  if (from == DType::boolean) return x;
  return from == DType::f32 ? build.CreateFCmpUNE(x, zero_of(x)) : build.CreateICmpNE(x, zero_of(x));
}

Value* bits_as(Build& build, DType to, Value* x) {
  return build.CreateBitCast(x, shaped_like(x, scalar_type(build, to)));
}

Value* lanes_from(Build& build, Value* a, Value* b, std::span<const int> lanes) {
  return build.CreateShuffleVector(a, b, llvm::ArrayRef(lanes.data(), lanes.size()));
}

/// A 64-bit constant, in every lane of `like`.
Value* wide(Value* like, uint64_t value) { return llvm::ConstantInt::get(like->getType(), value); }

constexpr uint64_t low_half = 0xffffffff;

/// Counter and key while the rounds run, in 64-bit lanes of which only the low half counts: a product of two
/// low halves is one pmuludq, and nothing is shuffled.
struct PhiloxState {
  std::array<Value*, 4> counter;
  std::array<Value*, 2> key;
};

void philox_round(Build& build, PhiloxState& state) {
  auto& [counter, key] = state;
  // Shifted up and down, not masked: it becomes the same instruction, but for every mask LLVM's
  // CodeGenPrepare would number the block anew.
  const auto product = [&](Value* a, uint64_t factor) {
    Value* low = build.CreateLShr(build.CreateShl(a, wide(a, 32)), wide(a, 32));
    return build.CreateMul(low, wide(a, factor));
  };
  const auto high = [&](Value* a) { return build.CreateLShr(a, wide(a, 32)); };
  Value* a = product(counter[0], 0xD2511F53);
  Value* b = product(counter[2], 0xCD9E8D57);
  counter = {build.CreateXor(high(b), build.CreateXor(counter[1], key[0])), b,
             build.CreateXor(high(a), build.CreateXor(counter[3], key[1])), a};
  key = {build.CreateAdd(key[0], wide(key[0], 0x9E3779B9)),
         build.CreateAdd(key[1], wide(key[1], 0xBB67AE85))};
}

/// Ten rounds of each state, in a loop: ten copies take three times as long to compile.
void philox_rounds(Build& build, std::span<PhiloxState> states) {
  std::vector<Value**> carried;
  const auto carry = [&](Value*& value) { carried.push_back(&value); };
  for (PhiloxState& state : states) {
    std::for_each(state.counter.begin(), state.counter.end(), carry);
    std::for_each(state.key.begin(), state.key.end(), carry);
  }
  repeat(build, 10, carried, [&](Value*) {
    for (PhiloxState& state : states) philox_round(build, state);
  });
}

template <size_t n, typename F>
std::array<Value*, n> each(const std::array<Value*, n>& values, const F& f) {
  std::array<Value*, n> result;
  std::transform(values.begin(), values.end(), result.begin(), f);
  return result;
}

/// Unpack: in every group of four lanes, runs of `width` (1 or 2) lanes of the group's half `part`, of a and
/// of b by turns.
Value* unpack(Build& build, Value* a, Value* b, int width, int part) {
  std::array<int, loop::lanes> lanes;
  for (int i = 0; i < loop::lanes; ++i) {
    const int within = i % 4;
    lanes[i] = i - within + 2 * part + within / (2 * width) * width + within % width +
               within / width % 2 * loop::lanes;
  }
  return lanes_from(build, a, b, lanes);
}

}  // namespace

void repeat(Build& build, uint64_t times, std::span<Value** const> carried,
            const std::function<void(Value*)>& body) {
  llvm::Function* function = build.GetInsertBlock()->getParent();
  llvm::BasicBlock* before = build.GetInsertBlock();
  auto* round = llvm::BasicBlock::Create(build.getContext(), "repeat", function);
  auto* after = llvm::BasicBlock::Create(build.getContext(), "after", function);
  build.CreateBr(round);
  build.SetInsertPoint(round);
  const auto phi_from = [&](Value* first) {
    llvm::PHINode* phi = build.CreatePHI(first->getType(), 2);
    phi->addIncoming(first, before);
    return phi;
  };
  llvm::PHINode* counter = phi_from(build.getInt64(0));
  std::vector<llvm::PHINode*> phis;
  for (Value** value : carried) *value = phis.emplace_back(phi_from(*value));
  body(counter);
  Value* next = build.CreateAdd(counter, build.getInt64(1));
  counter->addIncoming(next, build.GetInsertBlock());
  for (size_t i = 0; i < phis.size(); ++i) phis[i]->addIncoming(*carried[i], build.GetInsertBlock());
  build.CreateCondBr(build.CreateICmpULT(next, build.getInt64(times)), round, after);
  build.SetInsertPoint(after);
}

Type* register_type(Build& build, DType dtype, bool vector) {
  Type* scalar = scalar_type(build, dtype);
  return vector ? llvm::FixedVectorType::get(scalar, loop::lanes) : scalar;
}

Type* memory_type(Build& build, DType dtype, bool vector) {
  return register_type(build, dtype == DType::boolean ? DType::u8 : dtype, vector);
}

namespace {

/// In 32 bits a lane: of a narrower mask, half of which a constant switches off, LLVM 19 makes AVX2 code that
/// reads and writes that half.
Value* both(Build& build, Value* a, Value* b) {
  auto* lanes = register_type(build, DType::i32, true);
  Value* all = build.CreateAnd(build.CreateSExt(a, lanes), build.CreateSExt(b, lanes));
  return build.CreateICmpSLT(all, llvm::Constant::getNullValue(lanes));
}

}  // namespace

Value* compute(Build& build, Fn fn, DType dtype, std::span<Value* const> args) {
  const bool is_real = dtype == DType::f32;
  const auto arg = [&](size_t i) { return args[i]; };
  switch (fn) {
    case Fn::neg:
      return negated(build, dtype, arg(0));
    case Fn::abs:
      return magnitude(build, dtype, arg(0));
    case Fn::floor:
      return build.CreateUnaryIntrinsic(llvm::Intrinsic::floor, arg(0));
    case Fn::round:
      return build.CreateUnaryIntrinsic(llvm::Intrinsic::roundeven, arg(0));
    case Fn::sqrt:
      return build.CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, arg(0));
    case Fn::add:
      return is_real ? build.CreateFAdd(arg(0), arg(1)) : build.CreateAdd(arg(0), arg(1));
    case Fn::sub:
      return is_real ? build.CreateFSub(arg(0), arg(1)) : build.CreateSub(arg(0), arg(1));
    case Fn::mul:
      return is_real ? build.CreateFMul(arg(0), arg(1)) : build.CreateMul(arg(0), arg(1));
    case Fn::div:
      return build.CreateFDiv(arg(0), arg(1));
    case Fn::max:
      return larger(build, dtype, arg(0), arg(1));
    case Fn::min:
      return smaller(build, dtype, arg(0), arg(1));
    case Fn::fma:
      return build.CreateIntrinsic(llvm::Intrinsic::fma, {arg(0)->getType()}, {arg(0), arg(1), arg(2)});
    case Fn::lt:
      return less(build, dtype, arg(0), arg(1));
    case Fn::le:
      return less_equal(build, dtype, arg(0), arg(1));
    case Fn::eq:
      return is_real ? build.CreateFCmpOEQ(arg(0), arg(1)) : build.CreateICmpEQ(arg(0), arg(1));
    case Fn::ne:
      return is_real ? build.CreateFCmpUNE(arg(0), arg(1)) : build.CreateICmpNE(arg(0), arg(1));
    case Fn::bit_and:
      return dtype == DType::boolean && arg(0)->getType()->isVectorTy() ? both(build, arg(0), arg(1))
                                                                        : build.CreateAnd(arg(0), arg(1));
    case Fn::bit_or:
      return build.CreateOr(arg(0), arg(1));
    case Fn::bit_xor:
      return build.CreateXor(arg(0), arg(1));
    case Fn::bit_not:
      return build.CreateNot(arg(0));
    case Fn::shl:
      return build.CreateShl(arg(0), amount(build, arg(1)));
    case Fn::shr:
      return is_signed(dtype) ? build.CreateAShr(arg(0), amount(build, arg(1)))
                              : build.CreateLShr(arg(0), amount(build, arg(1)));
    case Fn::select:
      return build.CreateSelect(arg(0), arg(1), arg(2));
    case Fn::to_f32:
      return to_real(build, dtype, arg(0));
    case Fn::to_i32:
      return to_i32(build, dtype, arg(0));
    case Fn::to_u32:
      return to_u32(build, dtype, arg(0));
    case Fn::to_u8:
      return to_u8(build, dtype, arg(0));
    case Fn::to_bool:
      return to_bool(build, dtype, arg(0));
    case Fn::as_f32:
      return bits_as(build, DType::f32, arg(0));
    case Fn::as_i32:
      return bits_as(build, DType::i32, arg(0));
    case Fn::as_u32:
      return bits_as(build, DType::u32, arg(0));
    case Fn::sign:
    case Fn::exp:
    case Fn::expm1:
    case Fn::log:
    case Fn::log1p:
    case Fn::tanh:
    case Fn::sigmoid:
    case Fn::sin:
    case Fn::cos:
    case Fn::erf:
    case Fn::leaky_relu:
    case Fn::pow:
      break;
  }
  throw InternalError(fmt::format("internal error: {} is no primitive function", name_of(fn)));
}

Value* reduce_lanes(Build& build, Fn fn, DType dtype, Value* vector) {
  std::array<int, loop::lanes> lanes;
  std::iota(lanes.begin(), lanes.end(), 0);
  for (int half = loop::lanes / 2; half > 1; half /= 2) {
    Value* low = lanes_from(build, vector, vector, std::span(lanes).first(half));
    Value* high = lanes_from(build, vector, vector, std::span(lanes).subspan(half, half));
    vector = compute(build, fn, dtype, std::array{low, high});
  }
  return compute(build, fn, dtype,
                 std::array{build.CreateExtractElement(vector, uint64_t{0}),
                            build.CreateExtractElement(vector, uint64_t{1})});
}

// Even and odd lanes of a vector apart: 64-bit lanes both.
std::array<Value*, 4> philox(Build& build, std::array<Value*, 4> counter, std::array<Value*, 2> key) {
  Type* type = counter[0]->getType();
  if (!type->isVectorTy()) {
    const auto widened = [&](Value* a) { return build.CreateZExt(a, build.getInt64Ty()); };
    std::array alone = {PhiloxState{each(counter, widened), each(key, widened)}};
    philox_rounds(build, alone);
    return each(alone[0].counter, [&](Value* a) { return build.CreateTrunc(a, type); });
  }
  auto* pairs = llvm::FixedVectorType::get(build.getInt64Ty(), loop::lanes / 2);
  const auto even = [&](Value* a) { return build.CreateBitCast(a, pairs); };
  const auto odd = [&](Value* a) { return build.CreateLShr(even(a), llvm::ConstantInt::get(pairs, 32)); };
  std::array both = {PhiloxState{each(counter, even), each(key, even)},
                     PhiloxState{each(counter, odd), each(key, odd)}};
  philox_rounds(build, both);
  const auto& [of_even, of_odd] = both;
  std::array<Value*, 4> words;
  for (size_t i = 0; i < words.size(); ++i) {
    Value* low = build.CreateAnd(of_even.counter[i], wide(of_even.counter[i], low_half));
    words[i] = build.CreateBitCast(
        build.CreateOr(low, build.CreateShl(of_odd.counter[i], wide(of_odd.counter[i], 32))), type);
  }
  return words;
}

std::array<Value*, 4> transpose_fours(Build& build, const std::array<Value*, 4>& rows) {
  const auto mixed = [&](Value* a, Value* b, int width, int part) {
    return unpack(build, a, b, width, part);
  };
  Value *low = mixed(rows[0], rows[1], 1, 0), *high = mixed(rows[0], rows[1], 1, 1);
  Value *next_low = mixed(rows[2], rows[3], 1, 0), *next_high = mixed(rows[2], rows[3], 1, 1);
  return {mixed(low, next_low, 2, 0), mixed(low, next_low, 2, 1), mixed(high, next_high, 2, 0),
          mixed(high, next_high, 2, 1)};
}

}  // namespace cgan_jit::instructions
