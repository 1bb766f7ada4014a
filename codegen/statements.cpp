#include "codegen/statements.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>

#include <array>
#include <numeric>

#include "codegen/instructions.h"

namespace cgan_jit {

namespace {

using namespace loop;
using llvm::Value;

llvm::Constant* literal(llvm::Type* type, DType dtype, double value) {
  if (dtype == DType::f32) return llvm::ConstantFP::get(type, llvm::APFloat(static_cast<float>(value)));
  if (dtype == DType::boolean) return llvm::ConstantInt::get(type, value != 0);
  return llvm::ConstantInt::get(type, static_cast<uint64_t>(static_cast<int64_t>(value)), true);
}

}  // namespace

Statements::Statements(llvm::IRBuilderBase& build, Memory& memory, Addresses& addresses, Registers& registers)
    : build_(build), memory_(memory), addresses_(addresses), registers_(registers) {}

void Statements::operator()(const Load& stmt) {
  const Area& from = memory_.area(stmt.from.buf);
  Value* mask = stmt.mask ? value(*stmt.mask) : nullptr;
  const auto loaded = [&] {
    if (addresses_.scattered(stmt.from)) return memory_.gather(addresses_.of_lanes(stmt.from), mask, from);
    llvm::Type* type = registers_.is_vector(stmt.dst) ? memory_.vector(from) : memory_.element(from);
    Value* at = addresses_.of(stmt.from);
    return mask ? memory_.read_masked(type, at, mask, from) : memory_.read(type, at, from);
  };
  define(stmt.dst, memory_.from_memory(loaded(), from));
}

void Statements::operator()(const Store& stmt) {
  const Area& to = memory_.area(stmt.to.buf);
  Value* stored = memory_.to_memory(value(stmt.value), to);
  if (addresses_.scattered(stmt.to)) {
    Value* places = addresses_.of_lanes(stmt.to);
    return memory_.scatter(stored, places, stmt.mask ? value(*stmt.mask) : nullptr, to);
  }
  Value* at = addresses_.of(stmt.to);
  if (stmt.mask) return memory_.write_masked(stored, at, value(*stmt.mask), to);
  memory_.write(stored, at, to);
}

void Statements::operator()(const Literal& stmt) {
  define(stmt.dst, literal(registers_.llvm_type(stmt.dst), registers_.type(stmt.dst).dtype, stmt.value));
}

void Statements::operator()(const IndexValue& stmt) {
  Value* scalar = build_.CreateTrunc(addresses_.integer(stmt.index), build_.getInt32Ty());
  define(stmt.dst, registers_.is_vector(stmt.dst) ? build_.CreateVectorSplat(lanes, scalar) : scalar);
}

void Statements::operator()(const LaneIds& stmt) {
  std::array<uint32_t, lanes> ids;
  std::iota(ids.begin(), ids.end(), 0);
  define(stmt.dst, llvm::ConstantDataVector::get(build_.getContext(), ids));
}

void Statements::operator()(const Splat& stmt) {
  define(stmt.dst, build_.CreateVectorSplat(lanes, value(stmt.src)));
}

void Statements::operator()(const Compute& stmt) {
  std::vector<Value*> args;
  for (Reg arg : stmt.args) args.push_back(value(arg));
  define(stmt.dst, instructions::compute(build_, stmt.fn, registers_.type(stmt.args.back()).dtype, args));
}

void Statements::operator()(const Copy& stmt) { define(stmt.dst, value(stmt.src)); }

void Statements::operator()(const Divide& stmt) {
  Value* dividend = value(stmt.value);
  Value* divisor = llvm::ConstantInt::get(dividend->getType(), static_cast<uint64_t>(stmt.divisor));
  Value* quotient = build_.CreateUDiv(dividend, divisor);
  define(stmt.quotient, quotient);
  define(stmt.remainder, build_.CreateSub(dividend, build_.CreateMul(quotient, divisor)));
}

void Statements::operator()(const PhiloxBlock& stmt) {
  const auto& c = stmt.counter;
  const std::array words = instructions::philox(build_, {value(c[0]), value(c[1]), value(c[2]), value(c[3])},
                                                {value(stmt.key[0]), value(stmt.key[1])});
  for (size_t i = 0; i < words.size(); ++i) define(stmt.dst[i], words[i]);
}

void Statements::operator()(const ReduceLanes& stmt) {
  define(stmt.dst,
         instructions::reduce_lanes(build_, stmt.fn, registers_.type(stmt.src).dtype, value(stmt.src)));
}

/// Four columns at a time, in a loop: all 16 at once in registers, as straight code, are no faster, and cost
/// a tenth of the time that a step's code takes to generate.
void Statements::operator()(const Transpose& stmt) {
  const Area &from = memory_.area(stmt.from.buf), &to = memory_.area(stmt.to.buf);
  Value* source = addresses_.of(stmt.from);
  Value* target = addresses_.of(stmt.to);
  llvm::Type* real = memory_.element(from);
  auto* four = llvm::FixedVectorType::get(real, 4);
  const auto moved = [&](Value* at, int64_t by) {
    return build_.CreateConstGEP1_64(real, at, static_cast<uint64_t>(by));
  };
  const auto joined = [&](Value* a, Value* b) {
    std::vector<int> all(2 * llvm::cast<llvm::FixedVectorType>(a->getType())->getNumElements());
    std::iota(all.begin(), all.end(), 0);
    return build_.CreateShuffleVector(a, b, all);
  };
  instructions::repeat(build_, lanes / 4, {}, [&](Value* column) {
    Value* columns_at = build_.CreateGEP(real, source, build_.CreateMul(column, build_.getInt64(4)));
    Value* rows_at =
        build_.CreateGEP(real, target, build_.CreateMul(column, build_.getInt64(4 * stmt.to_stride)));
    std::array<Value*, 4> fours;  // number i: rows i, i + 4, i + 8, i + 12
    for (int i = 0; i < 4; ++i) {
      const auto row = [&](int64_t at) {
        return memory_.read(four, moved(columns_at, at * stmt.from_stride), from);
      };
      fours[i] = joined(joined(row(i), row(i + 4)), joined(row(i + 8), row(i + 12)));
    }
    const auto rows = instructions::transpose_fours(build_, fours);
    for (int64_t i = 0; i < 4; ++i) memory_.write(rows[i], moved(rows_at, i * stmt.to_stride), to);
  });
}

void Statements::operator()(const Prefetch& stmt) {
  constexpr uint32_t all_levels = 3, data = 1;
  build_.CreateIntrinsic(llvm::Intrinsic::prefetch, {build_.getPtrTy()},
                         {addresses_.of(stmt.address), build_.getInt32(stmt.write),
                          build_.getInt32(all_levels), build_.getInt32(data)});
}

}  // namespace cgan_jit
