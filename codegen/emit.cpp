#include "codegen/emit.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <vector>

#include "codegen/addresses.h"
#include "codegen/loop_body.h"
#include "codegen/memory.h"
#include "codegen/registers.h"
#include "codegen/statements.h"
#include "ir/error.h"
#include "ir/overloaded.h"

namespace cgan_jit {

namespace {

using namespace loop;
using llvm::Value;

/// A loop's bounds: runs while counter < limit, `copies` bodies a round.
struct Trips {
  Value *from = nullptr, *limit = nullptr;
  int64_t step = 1;
  int copies = 1;
};

/// A kernel's function: the loops and branches between its straight statements. Code is written in the order
/// in which it stands, at the builder's insertion point, which is left at its end.
class Emitter {
 public:
  Emitter(llvm::Module& module, const Kernel& kernel, const Target& target, const std::string& name);
  void run();

 private:
  llvm::Function* declare(llvm::Module& module, const Target& target, const std::string& name);
  llvm::BasicBlock* new_block(const char* name);

  void emit(const Block& block);
  void emit(const For& loop);
  void emit(const If& branch);
  void loop(Var var, const Trips& trips, const Block& body, bool entered, Value** end = nullptr);
  void copies(Var var, Value* counter, const Trips& trips, const Block& body);
  void straight(Var var, int64_t at, const Block& body);
  void constant_trips(const For& loop, int64_t from, int64_t count);
  Value* least(const std::vector<Index>& ends);

  const Kernel& kernel_;
  const bool wide_;  // 512-bit registers and their masked instructions
  llvm::IRBuilder<> build_;
  llvm::Function* function_;
  Registers registers_;
  Memory memory_;
  Addresses addresses_;
  Statements straight_;
};

Emitter::Emitter(llvm::Module& module, const Kernel& kernel, const Target& target, const std::string& name)
    : kernel_(kernel),
      wide_(target.vector_floats == lanes),
      build_(module.getContext()),
      function_(declare(module, target, name)),
      registers_(build_, kernel),
      memory_(build_, kernel, *function_, wide_),
      addresses_(build_, kernel, memory_, registers_),
      straight_(build_, memory_, addresses_, registers_) {}

/// The function, open at its entry.
llvm::Function* Emitter::declare(llvm::Module& module, const Target& target, const std::string& name) {
  llvm::Type *ptr = build_.getPtrTy(), *i64 = build_.getInt64Ty();
  auto* type = llvm::FunctionType::get(build_.getVoidTy(), {ptr, ptr, i64, i64}, false);
  auto* function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, module);
  for (unsigned argument : {0u, 1u}) function->addParamAttr(argument, llvm::Attribute::NoAlias);
  function->addFnAttr(llvm::Attribute::NoUnwind);
  // Where 512-bit registers exist they are meant to be used: a tile counts its accumulators in them.
  const std::string width = std::to_string(32 * target.vector_floats);
  function->addFnAttr("prefer-vector-width", width);
  if (wide_) function->addFnAttr("min-legal-vector-width", width);
  build_.SetInsertPoint(llvm::BasicBlock::Create(build_.getContext(), "entry", function));
  return function;
}

llvm::BasicBlock* Emitter::new_block(const char* name) {
  return llvm::BasicBlock::Create(build_.getContext(), name, function_);
}
void Emitter::copies(Var var, Value* counter, const Trips& trips, const Block& body) {
  for (int copy = 0; copy < trips.copies; ++copy) {
    addresses_.set(var, counter, copy * trips.step);
    emit(body);
  }
}

/// The body follows its own test: entered once for all, then tested at its end. `end`: the counter after the
/// loop.
void Emitter::loop(Var var, const Trips& trips, const Block& body, bool entered, Value** end) {
  llvm::BasicBlock *before = build_.GetInsertBlock(), *head = new_block("loop"), *after = new_block("after");
  if (entered)
    build_.CreateBr(head);
  else
    build_.CreateCondBr(build_.CreateICmpSLT(trips.from, trips.limit), head, after);
  const Registers::State outside = registers_.state();

  build_.SetInsertPoint(head);
  llvm::PHINode* counter = build_.CreatePHI(build_.getInt64Ty(), 2);
  const std::vector<Registers::Carried> carried = registers_.begin_round(assigned_in(body));
  addresses_.enter(head);
  copies(var, counter, trips, body);
  addresses_.leave();

  llvm::BasicBlock* latch = build_.GetInsertBlock();
  Value* next = build_.CreateAdd(counter, build_.getInt64(trips.step * trips.copies), "", false, true);
  build_.CreateCondBr(build_.CreateICmpSLT(next, trips.limit), head, after);
  counter->addIncoming(trips.from, before);
  counter->addIncoming(next, latch);
  registers_.end_round(carried, before, outside, latch);

  build_.SetInsertPoint(after);
  if (!entered) registers_.merge(before, outside, latch, registers_.state());
  if (end) *end = entered ? next : registers_.either(before, trips.from, latch, next);
}

void Emitter::straight(Var var, int64_t at, const Block& body) {
  addresses_.set(var, at);
  emit(body);
}

void Emitter::constant_trips(const For& stmt, int64_t from, int64_t count) {
  const auto run = [&](int64_t rounds, int copies) {
    const int64_t to = from + rounds * copies * stmt.step;
    if (rounds * copies == 1)
      straight(stmt.var, from, stmt.body);
    else if (rounds > 0)
      loop(stmt.var, {build_.getInt64(from), build_.getInt64(to), stmt.step, copies}, stmt.body, true);
    from = to;
  };
  const int copies = worthwhile_copies(stmt);
  run(count / copies, copies);
  run(count % copies, 1);
}

Value* Emitter::least(const std::vector<Index>& ends) {
  Value* least = nullptr;
  for (const Index& end : ends) {
    Value* next = addresses_.integer(end);
    least = least ? build_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, least, next) : next;
  }
  return least;
}

void Emitter::emit(const For& stmt) {
  check(stmt.step > 0 && stmt.unroll > 0 && !stmt.ends.empty(),
        "a loop needs an end, a positive step and at least one copy");
  Value *from = addresses_.integer(stmt.begin), *to = least(stmt.ends);
  const auto *first = llvm::dyn_cast<llvm::ConstantInt>(from), *last = llvm::dyn_cast<llvm::ConstantInt>(to);
  if (first && last) {
    const int64_t span = last->getSExtValue() - first->getSExtValue();
    return constant_trips(stmt, first->getSExtValue(),
                          std::max<int64_t>(0, (span + stmt.step - 1) / stmt.step));
  }
  if (const int copies = worthwhile_copies(stmt); copies > 1) {
    Value* limit = build_.CreateSub(to, build_.getInt64((copies - 1) * stmt.step), "", false, true);
    loop(stmt.var, {from, limit, stmt.step, copies}, stmt.body, false, &from);
  }
  loop(stmt.var, {from, to, stmt.step, 1}, stmt.body, false);
}

void Emitter::emit(const If& stmt) {
  Value* index = addresses_.integer(stmt.index);
  if (const auto* known = llvm::dyn_cast<llvm::ConstantInt>(index))
    return emit(known->getSExtValue() < stmt.below ? stmt.then : stmt.otherwise);
  llvm::BasicBlock *then = new_block("then"), *otherwise = new_block("else"), *after = new_block("after");
  build_.CreateCondBr(build_.CreateICmpSLT(index, build_.getInt64(stmt.below)), then, otherwise);
  const Registers::State outside = registers_.state();
  const auto arm = [&](llvm::BasicBlock* block, const Block& body) {
    registers_.restore(outside);
    build_.SetInsertPoint(block);
    emit(body);
    llvm::BasicBlock* last = build_.GetInsertBlock();
    build_.CreateBr(after);
    return std::pair(last, registers_.state());
  };
  const auto [then_end, of_then] = arm(then, stmt.then);
  const auto [else_end, of_else] = arm(otherwise, stmt.otherwise);
  build_.SetInsertPoint(after);
  registers_.merge(then_end, of_then, else_end, of_else);
}

void Emitter::emit(const Block& block) {
  for (const Stmt& stmt : block)
    std::visit(Overloaded{[&](const For& loop) { emit(loop); }, [&](const If& branch) { emit(branch); },
                          [&](const auto& straight) { straight_(straight); }},
               stmt.op);
}

void Emitter::run() {
  llvm::BasicBlock* start = new_block("start");
  build_.CreateBr(start);
  build_.SetInsertPoint(start);
  addresses_.enter(start);
  emit(kernel_.prologue);
  loop(kernel_.unit, {function_->getArg(2), function_->getArg(3), 1, 1}, kernel_.body, false);
  build_.CreateRetVoid();
  registers_.drop_unused_phis();
}

}  // namespace

void emit(llvm::Module& module, const Kernel& kernel, const Target& target, const std::string& name) {
  Emitter(module, kernel, target, name).run();
}

}  // namespace cgan_jit
