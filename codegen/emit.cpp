#include "codegen/emit.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "codegen/instructions.h"
#include "ir/error.h"

namespace cgan_jit {

namespace {

using namespace loop;
using llvm::Type;
using llvm::Value;

size_t number(Var var) { return static_cast<size_t>(var); }
size_t number(Reg reg) { return static_cast<size_t>(reg); }
size_t number(Buf buf) { return static_cast<size_t>(buf); }

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

void collect_assigned(const Block& block, std::set<Reg>& assigned) {
  const auto all = [&](const Block& inner) { collect_assigned(inner, assigned); };
  const auto one = [&](Reg reg) { assigned.insert(reg); };
  for (const Stmt& stmt : block)
    std::visit(Overloaded{
                   [&](const Load& s) { one(s.dst); },
                   [&](const Store&) {},
                   [&](const Literal& s) { one(s.dst); },
                   [&](const IndexValue& s) { one(s.dst); },
                   [&](const LaneIds& s) { one(s.dst); },
                   [&](const Splat& s) { one(s.dst); },
                   [&](const Compute& s) { one(s.dst); },
                   [&](const Copy& s) { one(s.dst); },
                   [&](const Divide& s) { one(s.quotient), one(s.remainder); },
                   [&](const PhiloxBlock& s) { std::for_each(s.dst.begin(), s.dst.end(), one); },
                   [&](const ReduceLanes& s) { one(s.dst); },
                   [&](const Transpose&) {},
                   [&](const Prefetch&) {},
                   [&](const For& s) { all(s.body); },
                   [&](const If& s) { all(s.then), all(s.otherwise); },
               },
               stmt.op);
}

std::set<Reg> assigned_in(const Block& block) {
  std::set<Reg> assigned;
  collect_assigned(block, assigned);
  return assigned;
}

/// Roughly how many instructions a block becomes.
int64_t size_of(const Block& block) {
  constexpr int64_t many = 100;
  int64_t size = 0;
  for (const Stmt& stmt : block)
    size += std::visit(Overloaded{
                           [](const PhiloxBlock&) { return many; },
                           [](const Transpose&) { return many; },
                           [](const For& s) { return s.unroll * size_of(s.body); },
                           [](const If& s) { return size_of(s.then) + size_of(s.otherwise); },
                           [](const auto&) { return int64_t{1}; },
                       },
                       stmt.op);
  return size;
}

/// The copies of a loop's body that pay: unrolling is a hint, and a long body gains nothing by it but time to
/// compile and spills.
int worthwhile_copies(const For& loop) {
  constexpr int64_t enough = 256;
  int copies = loop.unroll;
  while (copies > 1 && copies * size_of(loop.body) > enough) copies /= 2;
  return copies;
}

/// A buffer or scratch area: where it starts, and which other memory it cannot be.
struct Area {
  DType dtype = DType::f32;
  Value* start = nullptr;
  bool constant = false;  // nobody writes to it while the kernel runs
  llvm::MDNode *scope = nullptr, *others = nullptr;
};

/// A variable's value: base + add, the base a loop's counter, or a constant (no base). Known inside the scope
/// that it names.
struct Position {
  Value* base = nullptr;
  int64_t add = 0;
  size_t scope = 0;
};

using Terms = std::vector<std::pair<Var, int64_t>>;

/// The function's start, or one loop: sums of index terms that are known at `head`, each made once.
struct Scope {
  llvm::BasicBlock* head = nullptr;
  std::map<Terms, Value*> sums;
  std::map<std::pair<Buf, Terms>, Value*> pointers;
};

/// A sum of terms split into what is constant and what is not (terms whose variables have a base, outermost
/// scope first).
struct Linear {
  int64_t constant = 0;
  Terms terms;
};

/// A loop's bounds: runs while counter < limit, `copies` bodies a round.
struct Trips {
  Value *from = nullptr, *limit = nullptr;
  int64_t step = 1;
  int copies = 1;
};

class Emitter {
 public:
  Emitter(llvm::Module& module, const Kernel& kernel, const Target& target, const std::string& name);
  void run();

 private:
  llvm::Function* declare(llvm::Module& module, const Target& target, const std::string& name);
  void open_areas();
  llvm::BasicBlock* new_block(const char* name);

  void emit_block(const Block& block);
  void emit(const Load& load);
  void emit(const Store& store);
  void emit(const Literal& literal);
  void emit(const IndexValue& value);
  void emit(const LaneIds& lanes);
  void emit(const Splat& splat);
  void emit(const Compute& compute);
  void emit(const Copy& copy);
  void emit(const Divide& divide);
  void emit(const PhiloxBlock& block);
  void emit(const ReduceLanes& reduce);
  void emit(const Transpose& transpose);
  void emit(const Prefetch& prefetch);
  void emit(const For& loop);
  void emit(const If& branch);

  Value* value(Reg reg) const;
  void define(Reg reg, Value* value) { regs_.at(number(reg)) = value; }
  RegType type_of(Reg reg) const { return kernel_.regs.at(number(reg)); }
  Type* llvm_type(Reg reg) {
    return instructions::register_type(build_, type_of(reg).dtype, type_of(reg).vector);
  }
  Value* all_true() {
    return llvm::ConstantInt::getTrue(instructions::register_type(build_, DType::boolean, true));
  }

  Linear linear(const Index& index) const;
  Value* integer(const Index& index);
  Value* sum(const Terms& terms);
  Value* pointer(Buf buf, const Terms& terms);
  Value* scaled(const std::pair<Var, int64_t>& term);
  template <typename Make>
  Value* at_head(Scope& scope, const Make& make);

  const Area& area(Buf buf) const { return areas_.at(number(buf)); }
  Type* element(const Area& area, bool vector = false) {
    return instructions::memory_type(build_, area.dtype, vector);
  }
  Value* address(const Address& address);
  Value* lane_addresses(const Address& address);
  bool is_vector(Reg reg) const { return type_of(reg).vector; }
  bool scattered(const Address& address) const {
    return (address.plus && is_vector(*address.plus)) ||
           std::any_of(address.far.begin(), address.far.end(),
                       [&](const auto& term) { return is_vector(term.first); });
  }
  Value* moved(Type* type, Value* at, Reg reg, int64_t stride);
  llvm::Instruction* tagged(llvm::Instruction* access, const Area& area) const;
  Value* read(Type* type, Value* at, const Area& area);
  void write(Value* value, Value* at, const Area& area);
  Value* masked_read(Value* at, Value* mask, const Area& area);
  Value* gathered(Value* places, Value* mask, const Area& area);
  Value* gathered_one_by_one(Value* places, Value* mask, const Area& area);
  Value* from_memory(Value* value, const Area& area);
  Value* to_memory(Value* value, const Area& area);
  void write_scattered(const Store& store, Value* value);
  template <typename Body>
  void when(Value* condition, const Body& body);

  void loop(Var var, const Trips& trips, const Block& body, bool entered, Value** end = nullptr);
  void copies(Var var, Value* counter, const Trips& trips, const Block& body, size_t scope);
  void straight(Var var, int64_t at, const Block& body);
  void constant_trips(const For& loop, int64_t from, int64_t count);
  std::vector<Value*> merged(llvm::BasicBlock* a, const std::vector<Value*>& of_a, llvm::BasicBlock* b,
                             const std::vector<Value*>& of_b);
  llvm::PHINode* phi(Type* type);
  void drop_unused_phis();

  const Kernel& kernel_;
  const bool wide_;  // 512-bit registers and their masked instructions
  llvm::IRBuilder<> build_;
  llvm::Function* function_;
  std::vector<Area> areas_;
  std::vector<Value*> regs_;
  std::vector<Position> vars_;
  std::vector<Scope> scopes_;
  std::vector<llvm::PHINode*> phis_;
};

Emitter::Emitter(llvm::Module& module, const Kernel& kernel, const Target& target, const std::string& name)
    : kernel_(kernel),
      wide_(target.vector_floats == lanes),
      build_(module.getContext()),
      function_(declare(module, target, name)),
      regs_(kernel.regs.size()),
      vars_(kernel.var_count) {}

llvm::Function* Emitter::declare(llvm::Module& module, const Target& target, const std::string& name) {
  Type *ptr = build_.getPtrTy(), *i64 = build_.getInt64Ty();
  auto* type = llvm::FunctionType::get(build_.getVoidTy(), {ptr, ptr, i64, i64}, false);
  auto* function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, module);
  for (unsigned argument : {0u, 1u}) function->addParamAttr(argument, llvm::Attribute::NoAlias);
  function->addFnAttr(llvm::Attribute::NoUnwind);
  // Where 512-bit registers exist they are meant to be used: a tile counts its accumulators in them.
  const std::string width = std::to_string(32 * target.vector_floats);
  function->addFnAttr("prefer-vector-width", width);
  if (wide_) function->addFnAttr("min-legal-vector-width", width);
  return function;
}

llvm::BasicBlock* Emitter::new_block(const char* name) {
  return llvm::BasicBlock::Create(build_.getContext(), name, function_);
}

/// Every buffer's address is read once. Each has an alias scope of its own: a store to one never makes
/// another be read again.
void Emitter::open_areas() {
  llvm::MDBuilder meta(build_.getContext());
  auto* domain = meta.createAnonymousAliasScopeDomain("buffers");
  for (size_t i = 0; i < kernel_.buffers.size(); ++i) {
    const Buffer& buffer = kernel_.buffers[i];
    auto* slot = build_.CreateConstInBoundsGEP1_64(build_.getPtrTy(), function_->getArg(0), i);
    auto* start = build_.CreateLoad(build_.getPtrTy(), slot);
    start->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(build_.getContext(), {}));
    auto* bytes =
        meta.createConstant(build_.getInt64(static_cast<uint64_t>(buffer.elements * bytes_of(buffer.dtype))));
    start->setMetadata(llvm::LLVMContext::MD_dereferenceable, llvm::MDNode::get(build_.getContext(), bytes));
    areas_.push_back({buffer.dtype, start, !buffer.written, nullptr, nullptr});
  }
  for (const ScratchArea& scratch : kernel_.scratch) {
    auto* start = build_.CreateConstInBoundsGEP1_64(build_.getInt8Ty(), function_->getArg(1),
                                                    static_cast<uint64_t>(scratch.byte_offset));
    areas_.push_back({scratch.dtype, start, false, nullptr, nullptr});
  }
  std::vector<llvm::Metadata*> scopes;
  for (size_t i = 0; i < areas_.size(); ++i)
    scopes.push_back(meta.createAnonymousAliasScope(domain, "buffer"));
  for (size_t i = 0; i < areas_.size(); ++i) {
    std::vector<llvm::Metadata*> others = scopes;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    areas_[i].scope = llvm::MDNode::get(build_.getContext(), {scopes[i]});
    areas_[i].others = llvm::MDNode::get(build_.getContext(), others);
  }
}

Value* Emitter::value(Reg reg) const {
  Value* held = regs_.at(number(reg));
  check(held != nullptr, "loop register {} is read before it is assigned", number(reg));
  return held;
}

Linear Emitter::linear(const Index& index) const {
  Linear result{index.offset, {}};
  for (const auto& [var, factor] : index.terms) {
    const Position& at = vars_.at(number(var));
    result.constant += factor * at.add;
    if (at.base) result.terms.emplace_back(var, factor);
  }
  std::stable_sort(result.terms.begin(), result.terms.end(), [&](const auto& a, const auto& b) {
    return vars_[number(a.first)].scope < vars_[number(b.first)].scope;
  });
  return result;
}

/// Emits at the scope's head, before anything else that its body does.
template <typename Make>
Value* Emitter::at_head(Scope& scope, const Make& make) {
  llvm::IRBuilderBase::InsertPointGuard guard(build_);
  build_.SetInsertPoint(scope.head, scope.head->getFirstInsertionPt());
  return make();
}

Value* Emitter::scaled(const std::pair<Var, int64_t>& term) {
  Value* base = vars_[number(term.first)].base;
  return term.second == 1 ? base : build_.CreateMul(base, build_.getInt64(term.second), "", false, true);
}

Value* Emitter::sum(const Terms& terms) {
  Scope& scope = scopes_[vars_[number(terms.back().first)].scope];
  if (const auto known = scope.sums.find(terms); known != scope.sums.end()) return known->second;
  Value* outer = terms.size() > 1 ? sum(Terms(terms.begin(), terms.end() - 1)) : nullptr;
  const auto make = [&] {
    Value* own = scaled(terms.back());
    return outer ? build_.CreateAdd(outer, own, "", false, true) : own;
  };
  return scope.sums[terms] = at_head(scope, make);
}

Value* Emitter::integer(const Index& index) {
  const Linear parts = linear(index);
  Value* constant = build_.getInt64(parts.constant);
  if (parts.terms.empty()) return constant;
  Value* varying = sum(parts.terms);
  return parts.constant == 0 ? varying : build_.CreateAdd(varying, constant, "", false, true);
}

/// buf + terms, in elements; each further scope adds its own term to what the scopes around it know.
Value* Emitter::pointer(Buf buf, const Terms& terms) {
  if (terms.empty()) return area(buf).start;
  Scope& scope = scopes_[vars_[number(terms.back().first)].scope];
  const std::pair key(buf, terms);
  if (const auto known = scope.pointers.find(key); known != scope.pointers.end()) return known->second;
  Value* outer = pointer(buf, Terms(terms.begin(), terms.end() - 1));
  return scope.pointers[key] = at_head(
             scope, [&] { return build_.CreateGEP(element(area(buf)), outer, scaled(terms.back())); });
}

llvm::Instruction* Emitter::tagged(llvm::Instruction* access, const Area& area) const {
  access->setMetadata(llvm::LLVMContext::MD_alias_scope, area.scope);
  access->setMetadata(llvm::LLVMContext::MD_noalias, area.others);
  return access;
}

/// `at` + the value of `reg` * stride, in elements: 64 bits, a place a lane if the register is a vector.
Value* Emitter::moved(Type* type, Value* at, Reg reg, int64_t stride) {
  Type* wide = build_.getInt64Ty();
  if (is_vector(reg)) wide = llvm::FixedVectorType::get(wide, lanes);
  Value* by = build_.CreateSExt(value(reg), wide);
  if (stride != 1)
    by = build_.CreateMul(by, llvm::ConstantInt::get(wide, static_cast<uint64_t>(stride), true));
  return build_.CreateGEP(type, at, by);
}

/// Without the lanes' own offsets.
Value* Emitter::address(const Address& address) {
  const Linear parts = linear(address.index);
  Type* type = element(area(address.buf));
  Value* at = pointer(address.buf, parts.terms);
  if (address.plus && !is_vector(*address.plus)) at = moved(type, at, *address.plus, 1);
  for (const auto& [reg, stride] : address.far)
    if (!is_vector(reg)) at = moved(type, at, reg, stride);
  return parts.constant == 0 ? at
                             : build_.CreateConstGEP1_64(type, at, static_cast<uint64_t>(parts.constant));
}

Value* Emitter::lane_addresses(const Address& address) {
  Type* type = element(area(address.buf));
  Value* at = this->address(address);
  if (address.plus && is_vector(*address.plus)) at = moved(type, at, *address.plus, 1);
  for (const auto& [reg, stride] : address.far)
    if (is_vector(reg)) at = moved(type, at, reg, stride);
  return at;
}

Value* Emitter::from_memory(Value* value, const Area& area) {
  return area.dtype == DType::boolean
             ? build_.CreateICmpNE(value, llvm::Constant::getNullValue(value->getType()))
             : value;
}

Value* Emitter::to_memory(Value* value, const Area& area) {
  return area.dtype == DType::boolean
             ? build_.CreateZExt(value, element(area, value->getType()->isVectorTy()))
             : value;
}

llvm::Align alignment(const Area& area) { return llvm::Align(static_cast<uint64_t>(bytes_of(area.dtype))); }

Value* Emitter::read(Type* type, Value* at, const Area& area) {
  llvm::Instruction* load = tagged(build_.CreateAlignedLoad(type, at, alignment(area)), area);
  if (area.constant)
    load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(build_.getContext(), {}));
  return load;
}

void Emitter::write(Value* value, Value* at, const Area& area) {
  tagged(build_.CreateAlignedStore(value, at, alignment(area)), area);
}

/// A lane that is off reads the list of buffers instead of its own place, and then gives 0.
Value* Emitter::masked_read(Value* at, Value* mask, const Area& area) {
  Value* harmless = function_->getArg(kernel_.buffers.empty() ? 1 : 0);
  Value* element_read = read(element(area), build_.CreateSelect(mask, at, harmless), area);
  return build_.CreateSelect(mask, element_read, llvm::Constant::getNullValue(element_read->getType()));
}

Value* Emitter::gathered_one_by_one(Value* places, Value* mask, const Area& area) {
  Value* result = llvm::PoisonValue::get(element(area, true));
  for (uint64_t lane = 0; lane < lanes; ++lane) {
    Value* at = build_.CreateExtractElement(places, lane);
    Value* read_lane =
        mask ? masked_read(at, build_.CreateExtractElement(mask, lane), area) : read(element(area), at, area);
    result = build_.CreateInsertElement(result, read_lane, lane);
  }
  return result;
}

Value* Emitter::gathered(Value* places, Value* mask, const Area& area) {
  if (!wide_ || bytes_of(area.dtype) != 4) return gathered_one_by_one(places, mask, area);
  Type* type = element(area, true);
  return tagged(build_.CreateMaskedGather(type, places, alignment(area), mask ? mask : all_true(),
                                          llvm::Constant::getNullValue(type)),
                area);
}

void Emitter::emit(const Load& load) {
  const Area& from = area(load.from.buf);
  const bool vector = type_of(load.dst).vector;
  Value* mask = load.mask ? value(*load.mask) : nullptr;
  Type* type = element(from, vector);
  const auto loaded = [&]() -> Value* {
    if (scattered(load.from)) return gathered(lane_addresses(load.from), mask, from);
    Value* at = address(load.from);
    if (!mask) return read(type, at, from);
    if (!vector) return masked_read(at, mask, from);
    return tagged(
        build_.CreateMaskedLoad(type, at, alignment(from), mask, llvm::Constant::getNullValue(type)), from);
  };
  define(load.dst, from_memory(loaded(), from));
}

template <typename Body>
void Emitter::when(Value* condition, const Body& body) {
  llvm::BasicBlock *then = new_block("then"), *after = new_block("after");
  build_.CreateCondBr(condition, then, after);
  build_.SetInsertPoint(then);
  body();
  build_.CreateBr(after);
  build_.SetInsertPoint(after);
}

/// Lanes in order: of two with one place, the higher lane's value stays.
void Emitter::write_scattered(const Store& store, Value* value) {
  const Area& to = area(store.to.buf);
  Value* places = lane_addresses(store.to);
  if (store.mask) {
    tagged(build_.CreateMaskedScatter(value, places, alignment(to), this->value(*store.mask)), to);
    return;
  }
  for (uint64_t lane = 0; lane < lanes; ++lane)
    write(build_.CreateExtractElement(value, lane), build_.CreateExtractElement(places, lane), to);
}

void Emitter::emit(const Store& store) {
  const Area& to = area(store.to.buf);
  Value* stored = to_memory(value(store.value), to);
  if (scattered(store.to)) return write_scattered(store, stored);
  Value* at = address(store.to);
  if (!store.mask) return write(stored, at, to);
  Value* mask = value(*store.mask);
  if (!mask->getType()->isVectorTy()) return when(mask, [&] { write(stored, at, to); });
  tagged(build_.CreateMaskedStore(stored, at, alignment(to), mask), to);
}

void Emitter::emit(const Prefetch& prefetch) {
  constexpr uint32_t all_levels = 3, data = 1;
  build_.CreateIntrinsic(llvm::Intrinsic::prefetch, {build_.getPtrTy()},
                         {address(prefetch.address), build_.getInt32(prefetch.write),
                          build_.getInt32(all_levels), build_.getInt32(data)});
}

/// Four columns at a time, in a loop: all 16 at once in registers, as straight code, are no faster, and cost
/// a tenth of the time that a step's code takes to generate.
void Emitter::emit(const Transpose& transpose) {
  const Area &from = area(transpose.from.buf), &to = area(transpose.to.buf);
  Value *source = address(transpose.from), *target = address(transpose.to);
  Type* real = element(from);
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
        build_.CreateGEP(real, target, build_.CreateMul(column, build_.getInt64(4 * transpose.to_stride)));
    std::array<Value*, 4> fours;  // number i: rows i, i + 4, i + 8, i + 12
    for (int i = 0; i < 4; ++i) {
      const auto row = [&](int64_t at) {
        return read(four, moved(columns_at, at * transpose.from_stride), from);
      };
      fours[i] = joined(joined(row(i), row(i + 4)), joined(row(i + 8), row(i + 12)));
    }
    const auto rows = instructions::transpose_fours(build_, fours);
    for (int64_t i = 0; i < 4; ++i) write(rows[i], moved(rows_at, i * transpose.to_stride), to);
  });
}

llvm::Constant* literal(Type* type, DType dtype, double value) {
  if (dtype == DType::f32) return llvm::ConstantFP::get(type, llvm::APFloat(static_cast<float>(value)));
  if (dtype == DType::boolean) return llvm::ConstantInt::get(type, value != 0);
  return llvm::ConstantInt::get(type, static_cast<uint64_t>(static_cast<int64_t>(value)), true);
}

void Emitter::emit(const Literal& stmt) {
  define(stmt.dst, literal(llvm_type(stmt.dst), type_of(stmt.dst).dtype, stmt.value));
}

void Emitter::emit(const IndexValue& stmt) {
  Value* scalar = build_.CreateTrunc(integer(stmt.index), build_.getInt32Ty());
  define(stmt.dst, type_of(stmt.dst).vector ? build_.CreateVectorSplat(lanes, scalar) : scalar);
}

void Emitter::emit(const LaneIds& stmt) {
  std::array<uint32_t, lanes> ids;
  for (uint32_t i = 0; i < lanes; ++i) ids[i] = i;
  define(stmt.dst, llvm::ConstantDataVector::get(build_.getContext(), ids));
}

void Emitter::emit(const Splat& stmt) { define(stmt.dst, build_.CreateVectorSplat(lanes, value(stmt.src))); }

void Emitter::emit(const Compute& stmt) {
  std::vector<Value*> args;
  for (Reg arg : stmt.args) args.push_back(value(arg));
  define(stmt.dst, instructions::compute(build_, stmt.fn, type_of(stmt.args.back()).dtype, args));
}

void Emitter::emit(const Copy& stmt) { define(stmt.dst, value(stmt.src)); }

void Emitter::emit(const Divide& stmt) {
  Value* dividend = value(stmt.value);
  Value* divisor = llvm::ConstantInt::get(dividend->getType(), static_cast<uint64_t>(stmt.divisor));
  Value* quotient = build_.CreateUDiv(dividend, divisor);
  define(stmt.quotient, quotient);
  define(stmt.remainder, build_.CreateSub(dividend, build_.CreateMul(quotient, divisor)));
}

void Emitter::emit(const PhiloxBlock& stmt) {
  const auto& c = stmt.counter;
  const std::array words = instructions::philox(build_, {value(c[0]), value(c[1]), value(c[2]), value(c[3])},
                                                {value(stmt.key[0]), value(stmt.key[1])});
  for (size_t i = 0; i < words.size(); ++i) define(stmt.dst[i], words[i]);
}

void Emitter::emit(const ReduceLanes& stmt) {
  define(stmt.dst, instructions::reduce_lanes(build_, stmt.fn, type_of(stmt.src).dtype, value(stmt.src)));
}

llvm::PHINode* Emitter::phi(Type* type) { return phis_.emplace_back(build_.CreatePHI(type, 2)); }

// Later ones read earlier ones, so one walk from the end finds all.
void Emitter::drop_unused_phis() {
  for (auto at = phis_.rbegin(); at != phis_.rend(); ++at)
    if ((*at)->use_empty()) (*at)->eraseFromParent();
}

/// Registers at a point reached from a and from b: those that have a value on both ways.
std::vector<Value*> Emitter::merged(llvm::BasicBlock* a, const std::vector<Value*>& of_a, llvm::BasicBlock* b,
                                    const std::vector<Value*>& of_b) {
  std::vector<Value*> result(of_a.size());
  for (size_t i = 0; i < result.size(); ++i) {
    if (of_a[i] == of_b[i]) result[i] = of_a[i];
    if (of_a[i] == of_b[i] || !of_a[i] || !of_b[i]) continue;
    llvm::PHINode* either = phi(of_a[i]->getType());
    either->addIncoming(of_a[i], a);
    either->addIncoming(of_b[i], b);
    result[i] = either;
  }
  return result;
}

void Emitter::copies(Var var, Value* counter, const Trips& trips, const Block& body, size_t scope) {
  for (int copy = 0; copy < trips.copies; ++copy) {
    vars_[number(var)] = {counter, copy * trips.step, scope};
    emit_block(body);
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
  const std::vector<Value*> outside = regs_;

  build_.SetInsertPoint(head);
  llvm::PHINode* counter = build_.CreatePHI(build_.getInt64Ty(), 2);
  std::vector<std::pair<Reg, llvm::PHINode*>> carried;
  for (Reg reg : assigned_in(body))
    if (regs_.at(number(reg))) carried.emplace_back(reg, build_.CreatePHI(llvm_type(reg), 2));
  for (const auto& [reg, round] : carried) define(reg, round);
  scopes_.push_back({head, {}, {}});
  copies(var, counter, trips, body, scopes_.size() - 1);
  scopes_.pop_back();

  llvm::BasicBlock* latch = build_.GetInsertBlock();
  Value* next = build_.CreateAdd(counter, build_.getInt64(trips.step * trips.copies), "", false, true);
  build_.CreateCondBr(build_.CreateICmpSLT(next, trips.limit), head, after);
  counter->addIncoming(trips.from, before);
  counter->addIncoming(next, latch);
  for (const auto& [reg, round] : carried) {
    round->addIncoming(outside[number(reg)], before);
    round->addIncoming(value(reg), latch);
    phis_.push_back(round);
  }

  build_.SetInsertPoint(after);
  if (!entered) regs_ = merged(before, outside, latch, regs_);
  if (!end) return;
  *end = next;
  if (entered) return;
  llvm::PHINode* reached = phi(build_.getInt64Ty());
  reached->addIncoming(trips.from, before);
  reached->addIncoming(next, latch);
  *end = reached;
}

void Emitter::straight(Var var, int64_t at, const Block& body) {
  vars_[number(var)] = {nullptr, at, 0};
  emit_block(body);
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

void Emitter::emit(const For& stmt) {
  check(stmt.step > 0 && stmt.unroll > 0 && !stmt.ends.empty(),
        "a loop needs an end, a positive step and at least one copy");
  Value* from = integer(stmt.begin);
  Value* to = nullptr;
  for (const Index& end : stmt.ends) {
    Value* next = integer(end);
    to = to ? build_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, to, next) : next;
  }
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
  Value* index = integer(stmt.index);
  if (const auto* known = llvm::dyn_cast<llvm::ConstantInt>(index))
    return emit_block(known->getSExtValue() < stmt.below ? stmt.then : stmt.otherwise);
  llvm::BasicBlock *then = new_block("then"), *otherwise = new_block("else"), *after = new_block("after");
  build_.CreateCondBr(build_.CreateICmpSLT(index, build_.getInt64(stmt.below)), then, otherwise);
  const std::vector<Value*> outside = regs_;
  const auto arm = [&](llvm::BasicBlock* block, const Block& body) {
    regs_ = outside;
    build_.SetInsertPoint(block);
    emit_block(body);
    llvm::BasicBlock* last = build_.GetInsertBlock();
    build_.CreateBr(after);
    return std::pair(last, regs_);
  };
  const auto [then_end, then_regs] = arm(then, stmt.then);
  const auto [else_end, else_regs] = arm(otherwise, stmt.otherwise);
  build_.SetInsertPoint(after);
  regs_ = merged(then_end, then_regs, else_end, else_regs);
}

void Emitter::emit_block(const Block& block) {
  for (const Stmt& stmt : block) std::visit([&](const auto& op) { emit(op); }, stmt.op);
}

void Emitter::run() {
  llvm::BasicBlock* entry = new_block("entry");
  build_.SetInsertPoint(entry);
  open_areas();
  llvm::BasicBlock* start = new_block("start");
  build_.CreateBr(start);
  build_.SetInsertPoint(start);
  scopes_.push_back({start, {}, {}});
  emit_block(kernel_.prologue);
  loop(kernel_.unit, {function_->getArg(2), function_->getArg(3), 1, 1}, kernel_.body, false);
  build_.CreateRetVoid();
  drop_unused_phis();
}

}  // namespace

void emit(llvm::Module& module, const Kernel& kernel, const Target& target, const std::string& name) {
  Emitter(module, kernel, target, name).run();
}

}  // namespace cgan_jit
