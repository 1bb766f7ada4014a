#include "codegen/registers.h"

#include <llvm/IR/IRBuilder.h>

#include "codegen/instructions.h"
#include "ir/error.h"

namespace cgan_jit {

namespace {

using namespace loop;
using llvm::Value;

size_t number(Reg reg) { return static_cast<size_t>(reg); }

}  // namespace

Registers::Registers(llvm::IRBuilderBase& build, const Kernel& kernel)
    : build_(build), kernel_(kernel), state_(kernel.regs.size()) {}

RegType Registers::type(Reg reg) const { return kernel_.regs.at(number(reg)); }

llvm::Type* Registers::llvm_type(Reg reg) const {
  return instructions::register_type(build_, type(reg).dtype, type(reg).vector);
}

Value* Registers::value(Reg reg) const {
  Value* held = state_.at(number(reg));
  check(held != nullptr, "loop register {} is read before it is assigned", number(reg));
  return held;
}

void Registers::define(Reg reg, Value* value) { state_.at(number(reg)) = value; }

llvm::PHINode* Registers::either(llvm::BasicBlock* a, Value* of_a, llvm::BasicBlock* b, Value* of_b) {
  llvm::PHINode* phi = phis_.emplace_back(build_.CreatePHI(of_a->getType(), 2));
  phi->addIncoming(of_a, a);
  phi->addIncoming(of_b, b);
  return phi;
}

void Registers::merge(llvm::BasicBlock* a, const State& of_a, llvm::BasicBlock* b, const State& of_b) {
  State merged(of_a.size());
  for (size_t i = 0; i < merged.size(); ++i) {
    if (of_a[i] == of_b[i])
      merged[i] = of_a[i];
    else if (of_a[i] && of_b[i])
      merged[i] = either(a, of_a[i], b, of_b[i]);
  }
  state_ = std::move(merged);
}

std::vector<Registers::Carried> Registers::begin_round(const std::set<Reg>& assigned) {
  std::vector<Carried> carried;
  for (Reg reg : assigned)
    if (state_.at(number(reg))) carried.emplace_back(reg, build_.CreatePHI(llvm_type(reg), 2));
  for (const auto& [reg, round] : carried) define(reg, round);
  return carried;
}

void Registers::end_round(const std::vector<Carried>& carried, llvm::BasicBlock* before, const State& outside,
                          llvm::BasicBlock* latch) {
  for (const auto& [reg, round] : carried) {
    round->addIncoming(outside[number(reg)], before);
    round->addIncoming(value(reg), latch);
    phis_.push_back(round);
  }
}

// Later ones read earlier ones, so one walk from the end finds all.
void Registers::drop_unused_phis() {
  for (auto at = phis_.rbegin(); at != phis_.rend(); ++at)
    if ((*at)->use_empty()) (*at)->eraseFromParent();
}

}  // namespace cgan_jit
