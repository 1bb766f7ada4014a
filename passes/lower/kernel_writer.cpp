#include "passes/lower/kernel_writer.h"

#include <algorithm>

#include "ir/error.h"
#include "ir/integer.h"

namespace cgan_jit::loop {

KernelWriter::KernelWriter() : levels_(2), ranges_{{0, 0, 1}} {}

void KernelWriter::set_units(int64_t units) {
  kernel_.units = units;
  ranges_[0].max = std::max<int64_t>(0, units - 1);
}

int KernelWriter::depth_of(const Index& index) const {
  int depth = 0;
  for (const auto& term : index.terms)
    depth = std::max(depth, ranges_[static_cast<uint32_t>(term.first)].depth);
  return depth;
}

int KernelWriter::deepest(const std::vector<Reg>& regs) const {
  int depth = 0;
  for (Reg reg : regs) depth = std::max(depth, depth_of(reg));
  return depth;
}

Reg KernelWriter::new_reg(RegType type, int depth) {
  kernel_.regs.push_back(type);
  reg_depths_.push_back(depth);
  is_read_.push_back(false);
  return static_cast<Reg>(kernel_.regs.size() - 1);
}

Reg KernelWriter::fresh(RegType type) { return new_reg(type, depth()); }

void KernelWriter::emit(Stmt statement) {
  const auto* computed = std::get_if<Compute>(&statement.op);
  check(!computed || !is_read_[static_cast<uint32_t>(computed->dst)],
        "a register changes that a pure instruction has read");
  levels_.back().block.push_back(std::move(statement));
}

std::optional<Reg> KernelWriter::recall(const Key& key) const {
  for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
    if (auto found = level->known.find(key); found != level->known.end()) return found->second;
  }
  return {};
}

void KernelWriter::remember(const Key& key, Reg reg) { levels_[depth_of(reg)].known[key] = reg; }

Reg KernelWriter::pure(const Key& key, RegType type, int depth, const std::function<Stmt(Reg)>& make) {
  if (const std::optional<Reg> known = recall(key)) return *known;
  const Reg reg = new_reg(type, depth);
  append(depth, make(reg));
  remember(key, reg);
  return reg;
}

Reg KernelWriter::literal(DType dtype, double value) {
  return pure(Key(Key::Of::literal).add(static_cast<int64_t>(dtype)).add(value), {dtype, false}, 0,
              [&](Reg dst) {
                return Literal{dst, value};
              });
}

Reg KernelWriter::splat(Reg scalar) {
  if (type(scalar).vector) return scalar;
  return pure(Key(Key::Of::splat).add(scalar), {type(scalar).dtype, true}, depth_of(scalar), [&](Reg dst) {
    return Splat{dst, scalar};
  });
}

Reg KernelWriter::index_value(const Index& index) {
  if (index.terms.empty()) return literal(DType::i32, static_cast<int32_t>(index.offset));
  return pure(Key(Key::Of::index).add(index), {DType::i32, false}, depth_of(index), [&](Reg dst) {
    return IndexValue{dst, index};
  });
}

Reg KernelWriter::lane_ids() {
  return pure(Key(Key::Of::lane_ids), {DType::i32, true}, 0, [&](Reg dst) { return LaneIds{dst}; });
}

Reg KernelWriter::primitive(Fn fn, const std::vector<Reg>& args) {
  std::vector<DType> dtypes;
  for (Reg arg : args) dtypes.push_back(type(arg).dtype);
  const std::optional<DType> dtype = result_type(fn, dtypes);
  check(dtype.has_value(), "{} is given the wrong element types", name_of(fn));
  const Key key = Key(Key::Of::fn).add(static_cast<int64_t>(fn)).add_all(args);
  for (Reg arg : args) is_read_[static_cast<uint32_t>(arg)] = true;
  return pure(key, {*dtype, type(args[0]).vector}, deepest(args), [&](Reg dst) {
    return Compute{dst, fn, args};
  });
}

Reg KernelWriter::compute(Fn fn, std::vector<Reg> args, double magnitude) {
  if (const Expansion* expansion = expansion_of(fn, magnitude)) {
    std::vector<Reg> values = std::move(args);
    for (const ExpansionStep& step : expansion->steps) {
      if (!step.fn) {
        values.push_back(literal(step.dtype, step.literal));
        continue;
      }
      std::vector<Reg> operands;
      for (int arg : step.args) operands.push_back(values[arg]);
      values.push_back(compute(*step.fn, std::move(operands)));
    }
    return values.back();
  }
  if (std::any_of(args.begin(), args.end(), [&](Reg arg) { return type(arg).vector; })) {
    for (Reg& arg : args) arg = splat(arg);
  }
  return primitive(fn, args);
}

std::pair<Reg, Reg> KernelWriter::divide(Reg value, int64_t divisor) {
  const Key quotient_key = Key(Key::Of::quotient).add(value).add(divisor);
  const Key remainder_key = Key(Key::Of::remainder).add(value).add(divisor);
  if (const std::optional<Reg> quotient = recall(quotient_key)) return {*quotient, *recall(remainder_key)};
  const Reg quotient = new_reg(type(value), depth_of(value)),
            remainder = new_reg(type(value), depth_of(value));
  append(depth_of(value), Divide{quotient, remainder, value, divisor});
  remember(quotient_key, quotient);
  remember(remainder_key, remainder);
  return {quotient, remainder};
}

std::array<Reg, 4> KernelWriter::philox(std::array<Reg, 4> counter, std::array<Reg, 2> key) {
  std::vector<Reg> all(counter.begin(), counter.end());
  all.insert(all.end(), key.begin(), key.end());
  const bool vector = std::any_of(all.begin(), all.end(), [&](Reg reg) { return type(reg).vector; });
  if (vector) {
    for (Reg& reg : all) reg = splat(reg);
  }
  const auto key_of = [&](int64_t word) { return Key(Key::Of::word).add(word).add_all(all); };
  std::array<Reg, 4> words;
  if (recall(key_of(0))) {
    for (int i = 0; i < 4; ++i) words[i] = *recall(key_of(i));
    return words;
  }
  const int at = deepest(all);
  for (Reg& word : words) word = new_reg({DType::u32, vector}, at);
  append(at, PhiloxBlock{words, {all[0], all[1], all[2], all[3]}, {all[4], all[5]}});
  for (int i = 0; i < 4; ++i) remember(key_of(i), words[i]);
  return words;
}

Reg KernelWriter::reduce_lanes(Reg vector, Fn fn) {
  const Reg scalar = fresh({type(vector).dtype, false});
  emit(ReduceLanes{scalar, vector, fn});
  return scalar;
}

Reg KernelWriter::load(DType dtype, const Address& from, bool vector, std::optional<Reg> mask, int floor) {
  int at = depth_of(from.index);
  if (from.plus) at = std::max(at, depth_of(*from.plus));
  for (const auto& term : from.far) at = std::max(at, depth_of(term.first));
  if (mask) at = std::max(at, depth_of(*mask));
  at = std::max(at, floor);
  Key key(Key::Of::load);
  key.add(static_cast<int64_t>(dtype))
      .add(int64_t{vector})
      .add(static_cast<int64_t>(from.buf))
      .add(from.index);
  key.add(from.plus).add(mask);
  for (const auto& [reg, stride] : from.far) key.add(reg).add(stride);
  return pure(key, {dtype, vector}, at, [&](Reg dst) { return Load{dst, from, mask}; });
}

void KernelWriter::loop(int64_t count, const std::function<void(Index)>& body) {
  if (count <= 0) return;
  if (count == 1) return body(Index{});
  strided_loop(count, 1, {}, 1, body);
}

void KernelWriter::strided_loop(int64_t extent, int64_t step, std::optional<Index> end, int unroll,
                                const std::function<void(Index)>& body) {
  if (extent <= step && !end) return body(Index{});
  const Var var{kernel_.var_count++};
  levels_.emplace_back();
  ranges_.push_back({0, (extent - 1) / step * step, depth()});
  body(index_of(var));
  For loop{var, Index{}, {Index{extent, {}}}, step, unroll, std::move(levels_.back().block)};
  if (end) loop.ends.push_back(*end);
  levels_.pop_back();
  emit(std::move(loop));
}

void KernelWriter::branch(const Index& index, int64_t below, const std::function<void()>& then,
                          const std::function<void()>& otherwise) {
  If branch{index, below, {}, {}};
  levels_.emplace_back();
  then();
  branch.then = std::move(levels_.back().block);
  levels_.back() = {};
  if (otherwise) otherwise();
  branch.otherwise = std::move(levels_.back().block);
  levels_.pop_back();
  emit(std::move(branch));
}

std::pair<int64_t, int64_t> KernelWriter::range_of(const Index& index) const {
  int64_t low = index.offset, high = index.offset;
  for (const auto& [var, coefficient] : index.terms) {
    const Range& range = ranges_[static_cast<uint32_t>(var)];
    const int64_t first = saturated_product(coefficient, range.min),
                  last = saturated_product(coefficient, range.max);
    low = saturated_sum(low, std::min(first, last));
    high = saturated_sum(high, std::max(first, last));
  }
  return {low, high};
}

std::optional<std::pair<Index, Index>> KernelWriter::split(const Index& index, int64_t extra,
                                                           int64_t width) const {
  Index quotient{floor_div(index.offset, width), {}},
      remainder{index.offset - floor_div(index.offset, width) * width, {}};
  for (const auto& [var, coefficient] : index.terms) {
    if (coefficient % width == 0) {
      quotient.terms.push_back({var, coefficient / width});
      continue;
    }
    remainder.terms.push_back({var, coefficient});
  }
  const auto [low, high] = range_of(remainder);
  if (low + std::min<int64_t>(extra, 0) < 0 || high + std::max<int64_t>(extra, 0) >= width) return {};
  return std::pair{quotient, remainder};
}

Kernel KernelWriter::finish(std::vector<Buffer> buffers, std::vector<ScratchArea> scratch) {
  check(levels_.size() == 2, "a loop was left open");
  kernel_.buffers = std::move(buffers);
  kernel_.scratch = std::move(scratch);
  kernel_.prologue = std::move(levels_[0].block);
  kernel_.body = std::move(levels_[1].block);
  return std::move(kernel_);
}

}  // namespace cgan_jit::loop
