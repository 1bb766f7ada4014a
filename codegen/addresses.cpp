#include "codegen/addresses.h"

#include <llvm/IR/IRBuilder.h>

#include <algorithm>

namespace cgan_jit {

namespace {

using namespace loop;
using llvm::Value;

}  // namespace

Addresses::Addresses(llvm::IRBuilderBase& build, const Kernel& kernel, const Memory& memory,
                     const Registers& registers)
    : build_(build), memory_(memory), registers_(registers), positions_(kernel.var_count) {}

void Addresses::enter(llvm::BasicBlock* head) { loops_.push_back({head, {}, {}}); }
void Addresses::leave() { loops_.pop_back(); }

void Addresses::set(Var var, Value* counter, int64_t add) {
  positions_[static_cast<size_t>(var)] = {counter, add, loops_.size() - 1};
}

void Addresses::set(Var var, int64_t constant) {
  positions_[static_cast<size_t>(var)] = {nullptr, constant, 0};
}

Addresses::Linear Addresses::linear(const Index& index) const {
  Linear result{index.offset, {}};
  for (const auto& [var, factor] : index.terms) {
    const Position& at = positions_.at(static_cast<size_t>(var));
    result.constant += factor * at.add;
    if (at.base) result.terms.emplace_back(var, factor);
  }
  std::stable_sort(result.terms.begin(), result.terms.end(), [&](const IndexTerm& a, const IndexTerm& b) {
    return position(a.first).loop < position(b.first).loop;
  });
  return result;
}

/// Emits at the loop's head, before anything else that its body does.
template <typename Make>
Value* Addresses::at_head(const Known& loop, const Make& make) {
  llvm::IRBuilderBase::InsertPointGuard guard(build_);
  build_.SetInsertPoint(loop.head, loop.head->getFirstInsertionPt());
  return make();
}

Value* Addresses::scaled(const IndexTerm& term) {
  Value* base = position(term.first).base;
  return term.second == 1 ? base : build_.CreateMul(base, build_.getInt64(term.second), "", false, true);
}

Value* Addresses::sum(const IndexTerms& terms) {
  Known& loop = innermost_of(terms);
  if (const auto known = loop.sums.find(terms); known != loop.sums.end()) return known->second;
  Value* outer = terms.size() > 1 ? sum(IndexTerms(terms.begin(), terms.end() - 1)) : nullptr;
  const auto make = [&] {
    Value* own = scaled(terms.back());
    return outer ? build_.CreateAdd(outer, own, "", false, true) : own;
  };
  return loop.sums[terms] = at_head(loop, make);
}

Value* Addresses::integer(const Index& index) {
  const Linear parts = linear(index);
  Value* constant = build_.getInt64(parts.constant);
  if (parts.terms.empty()) return constant;
  Value* varying = sum(parts.terms);
  return parts.constant == 0 ? varying : build_.CreateAdd(varying, constant, "", false, true);
}

/// buf + terms, in elements.
Value* Addresses::pointer(Buf buf, const IndexTerms& terms) {
  const Area& area = memory_.area(buf);
  if (terms.empty()) return area.start;
  Known& loop = innermost_of(terms);
  const std::pair key(buf, terms);
  if (const auto known = loop.pointers.find(key); known != loop.pointers.end()) return known->second;
  Value* outer = pointer(buf, IndexTerms(terms.begin(), terms.end() - 1));
  const auto make = [&] { return build_.CreateGEP(memory_.element(area), outer, scaled(terms.back())); };
  return loop.pointers[key] = at_head(loop, make);
}

/// `at` + the value of `reg` * stride, in elements: 64 bits, a place a lane if the register is a vector.
Value* Addresses::moved(llvm::Type* type, Value* at, Reg reg, int64_t stride) {
  llvm::Type* wide = build_.getInt64Ty();
  if (registers_.is_vector(reg)) wide = llvm::FixedVectorType::get(wide, lanes);
  Value* by = build_.CreateSExt(registers_.value(reg), wide);
  if (stride != 1)
    by = build_.CreateMul(by, llvm::ConstantInt::get(wide, static_cast<uint64_t>(stride), true));
  return build_.CreateGEP(type, at, by);
}

bool Addresses::scattered(const Address& address) const {
  return (address.plus && registers_.is_vector(*address.plus)) ||
         std::any_of(address.far.begin(), address.far.end(),
                     [&](const auto& term) { return registers_.is_vector(term.first); });
}

Value* Addresses::of(const Address& address) {
  const Linear parts = linear(address.index);
  llvm::Type* type = memory_.element(memory_.area(address.buf));
  Value* at = pointer(address.buf, parts.terms);
  if (address.plus && !registers_.is_vector(*address.plus)) at = moved(type, at, *address.plus, 1);
  for (const auto& [reg, stride] : address.far)
    if (!registers_.is_vector(reg)) at = moved(type, at, reg, stride);
  return parts.constant == 0 ? at
                             : build_.CreateConstGEP1_64(type, at, static_cast<uint64_t>(parts.constant));
}

Value* Addresses::of_lanes(const Address& address) {
  llvm::Type* type = memory_.element(memory_.area(address.buf));
  Value* at = of(address);
  if (address.plus && registers_.is_vector(*address.plus)) at = moved(type, at, *address.plus, 1);
  for (const auto& [reg, stride] : address.far)
    if (registers_.is_vector(reg)) at = moved(type, at, reg, stride);
  return at;
}

}  // namespace cgan_jit
