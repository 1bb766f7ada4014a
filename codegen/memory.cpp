#include "codegen/memory.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/MDBuilder.h>

#include "codegen/instructions.h"

namespace cgan_jit {

namespace {

using namespace loop;
using llvm::Value;
using Build = llvm::IRBuilderBase;

llvm::Align alignment(const Area& area) { return llvm::Align(static_cast<uint64_t>(bytes_of(area.dtype))); }

void mark_invariant(Build& build, llvm::Instruction* load) {
  load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(build.getContext(), {}));
}

llvm::Instruction* tagged(llvm::Instruction* access, const Area& area) {
  access->setMetadata(llvm::LLVMContext::MD_alias_scope, area.scope);
  access->setMetadata(llvm::LLVMContext::MD_noalias, area.others);
  return access;
}

/// The address of buffer number `i`, out of the list of buffers.
Value* start_of_buffer(Build& build, const Buffer& buffer, size_t i, Value* list) {
  auto* slot = build.CreateConstInBoundsGEP1_64(build.getPtrTy(), list, i);
  auto* start = build.CreateLoad(build.getPtrTy(), slot);
  mark_invariant(build, start);
  const auto size = static_cast<uint64_t>(buffer.elements * bytes_of(buffer.dtype));
  auto* bytes = llvm::MDBuilder(build.getContext()).createConstant(build.getInt64(size));
  start->setMetadata(llvm::LLVMContext::MD_dereferenceable, llvm::MDNode::get(build.getContext(), bytes));
  return start;
}

/// Gives each area an alias scope of its own.
void set_apart(llvm::LLVMContext& context, std::vector<Area>& areas) {
  llvm::MDBuilder meta(context);
  auto* domain = meta.createAnonymousAliasScopeDomain("buffers");
  std::vector<llvm::Metadata*> scopes;
  for (size_t i = 0; i < areas.size(); ++i)
    scopes.push_back(meta.createAnonymousAliasScope(domain, "buffer"));
  for (size_t i = 0; i < areas.size(); ++i) {
    std::vector<llvm::Metadata*> others = scopes;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    areas[i].scope = llvm::MDNode::get(context, {scopes[i]});
    areas[i].others = llvm::MDNode::get(context, others);
  }
}

std::vector<Area> areas_of(Build& build, const Kernel& kernel, llvm::Function& function) {
  std::vector<Area> areas;
  for (size_t i = 0; i < kernel.buffers.size(); ++i) {
    const Buffer& buffer = kernel.buffers[i];
    areas.push_back({buffer.dtype, start_of_buffer(build, buffer, i, function.getArg(0)), !buffer.written});
  }
  for (const ScratchArea& scratch : kernel.scratch) {
    auto* start = build.CreateConstInBoundsGEP1_64(build.getInt8Ty(), function.getArg(1),
                                                   static_cast<uint64_t>(scratch.byte_offset));
    areas.push_back({scratch.dtype, start, false});
  }
  set_apart(build.getContext(), areas);
  return areas;
}

}  // namespace

Memory::Memory(Build& build, const Kernel& kernel, llvm::Function& function, bool wide)
    : build_(build),
      wide_(wide),
      harmless_(function.getArg(kernel.buffers.empty() ? 1 : 0)),
      areas_(areas_of(build, kernel, function)) {}

const Area& Memory::area(Buf buf) const { return areas_.at(static_cast<size_t>(buf)); }

llvm::Type* Memory::element(const Area& area) const {
  return instructions::memory_type(build_, area.dtype, false);
}

llvm::Type* Memory::vector(const Area& area) const {
  return instructions::memory_type(build_, area.dtype, true);
}

Value* Memory::from_memory(Value* value, const Area& area) {
  if (area.dtype != DType::boolean) return value;
  return build_.CreateICmpNE(value, llvm::Constant::getNullValue(value->getType()));
}

Value* Memory::to_memory(Value* value, const Area& area) {
  if (area.dtype != DType::boolean) return value;
  return build_.CreateZExt(value, value->getType()->isVectorTy() ? vector(area) : element(area));
}

Value* Memory::read(llvm::Type* type, Value* at, const Area& area) {
  llvm::Instruction* load = tagged(build_.CreateAlignedLoad(type, at, alignment(area)), area);
  if (area.constant) mark_invariant(build_, load);
  return load;
}

/// Where the condition is off, the list of buffers is read instead.
Value* Memory::read_if(Value* condition, Value* at, const Area& area) {
  Value* found = read(element(area), build_.CreateSelect(condition, at, harmless_), area);
  return build_.CreateSelect(condition, found, llvm::Constant::getNullValue(found->getType()));
}

Value* Memory::read_masked(llvm::Type* type, Value* at, Value* mask, const Area& area) {
  if (!mask->getType()->isVectorTy()) return read_if(mask, at, area);
  Value* off = llvm::Constant::getNullValue(type);
  return tagged(build_.CreateMaskedLoad(type, at, alignment(area), mask, off), area);
}

/// Where the mask is off, the list of buffers is read instead: so all lanes are read without a question each.
Value* Memory::gather_one_by_one(Value* places, Value* mask, const Area& area) {
  if (mask) places = build_.CreateSelect(mask, places, build_.CreateVectorSplat(lanes, harmless_));
  Value* result = llvm::PoisonValue::get(vector(area));
  for (uint64_t lane = 0; lane < lanes; ++lane) {
    Value* found = read(element(area), build_.CreateExtractElement(places, lane), area);
    result = build_.CreateInsertElement(result, found, lane);
  }
  return mask ? build_.CreateSelect(mask, result, llvm::Constant::getNullValue(result->getType())) : result;
}

Value* Memory::gather(Value* places, Value* mask, const Area& area) {
  if (!wide_ || bytes_of(area.dtype) != 4) return gather_one_by_one(places, mask, area);
  llvm::Type* type = vector(area);
  Value* on =
      mask ? mask : llvm::ConstantInt::getTrue(instructions::register_type(build_, DType::boolean, true));
  Value* off = llvm::Constant::getNullValue(type);
  return tagged(build_.CreateMaskedGather(type, places, alignment(area), on, off), area);
}

void Memory::write(Value* value, Value* at, const Area& area) {
  tagged(build_.CreateAlignedStore(value, at, alignment(area)), area);
}

void Memory::write_if(Value* condition, Value* value, Value* at, const Area& area) {
  llvm::Function* function = build_.GetInsertBlock()->getParent();
  auto* then = llvm::BasicBlock::Create(build_.getContext(), "then", function);
  auto* after = llvm::BasicBlock::Create(build_.getContext(), "after", function);
  build_.CreateCondBr(condition, then, after);
  build_.SetInsertPoint(then);
  write(value, at, area);
  build_.CreateBr(after);
  build_.SetInsertPoint(after);
}

void Memory::write_masked(Value* value, Value* at, Value* mask, const Area& area) {
  if (!mask->getType()->isVectorTy()) return write_if(mask, value, at, area);
  tagged(build_.CreateMaskedStore(value, at, alignment(area), mask), area);
}

void Memory::scatter(Value* value, Value* places, Value* mask, const Area& area) {
  if (mask) {
    tagged(build_.CreateMaskedScatter(value, places, alignment(area), mask), area);
    return;
  }
  for (uint64_t lane = 0; lane < lanes; ++lane) {
    Value* at = build_.CreateExtractElement(places, lane);
    write(build_.CreateExtractElement(value, lane), at, area);
  }
}

}  // namespace cgan_jit
