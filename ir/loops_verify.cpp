#include <algorithm>

#include "ir/graph.h"
#include "ir/loops.h"

namespace cgan_jit::loop {

namespace {

/// What a statement may use where it stands. Copied into each block: what a block sets ends with it.
struct Usable {
  std::vector<bool> assigned;  // by register
  std::vector<bool> open;      // by variable
};

class Verifier {
 public:
  explicit Verifier(const Kernel& kernel) : kernel_(kernel) {}

  void verify() {
    memory();
    expect(static_cast<uint32_t>(kernel_.unit) < kernel_.var_count, "the unit is no variable");
    expect(kernel_.units >= 0, "{} units", kernel_.units);
    usable_ = {std::vector<bool>(kernel_.regs.size(), false), std::vector<bool>(kernel_.var_count, false)};
    statements(kernel_.prologue);
    of_prologue_ = usable_.assigned;
    usable_.open[static_cast<size_t>(kernel_.unit)] = true;
    statements(kernel_.body);
  }

  void operator()(const Load& s) {
    address(s.from, type(s.dst), s.mask);
    assign(s.dst);
  }
  void operator()(const Store& s) {
    read(s.value);
    address(s.to, type(s.value), s.mask);
    expect_written(s.to.buf);
  }
  void operator()(const Literal& s) { assign(s.dst); }
  void operator()(const IndexValue& s) {
    index(s.index);
    const DType dtype = type(s.dst).dtype;
    expect(dtype == DType::i32 || dtype == DType::u32, "an index becomes an i32 or u32");
    assign(s.dst);
  }
  void operator()(const LaneIds& s) {
    expect_type(s.dst, {DType::i32, true});
    assign(s.dst);
  }
  void operator()(const Splat& s) {
    expect_type(s.dst, {type(s.src).dtype, true});
    expect(!type(s.src).vector, "splat of a vector");
    read(s.src);
    assign(s.dst);
  }
  void operator()(const Compute& s) {
    expect(expansion_of(s.fn) == nullptr, "{} is no primitive function", name_of(s.fn));
    std::vector<DType> dtypes;
    for (Reg arg : s.args) {
      read(arg);
      expect(type(arg).vector == type(s.dst).vector, "scalars and vectors together");
      dtypes.push_back(type(arg).dtype);
    }
    expect(result_type(s.fn, dtypes) == type(s.dst).dtype, "{} does not fit these element types",
           name_of(s.fn));
    assign(s.dst);
  }
  void operator()(const Copy& s) {
    read(s.src);
    expect_type(s.dst, type(s.src));
    assign(s.dst);
  }
  void operator()(const Divide& s) {
    expect(s.divisor > 0 && s.divisor <= INT32_MAX, "divide by {}", s.divisor);
    expect(s.quotient != s.remainder, "quotient and remainder are one register");
    read(s.value);
    for (Reg reg : {s.value, s.quotient, s.remainder}) expect_type(reg, {DType::i32, type(s.value).vector});
    assign(s.quotient);
    assign(s.remainder);
  }
  void operator()(const PhiloxBlock& s) {
    const RegType word{DType::u32, type(s.dst[0]).vector};
    for (Reg reg : s.counter) expect_type(reg, word), read(reg);
    for (Reg reg : s.key) expect_type(reg, word), read(reg);
    for (Reg reg : s.dst) expect_type(reg, word), assign(reg);
  }
  void operator()(const ReduceLanes& s) {
    expect(s.fn == Fn::add || s.fn == Fn::max, "lanes are reduced with add or max");
    expect_type(s.dst, {type(s.src).dtype, false});
    expect_type(s.src, {type(s.src).dtype, true});
    expect(result_type(s.fn, {type(s.src).dtype, type(s.src).dtype}).has_value(), "no {} of {}",
           name_of(s.fn), name_of(type(s.src).dtype));
    read(s.src);
    assign(s.dst);
  }
  void operator()(const Transpose& s) {
    // One element each: the statement says the rest.
    address(s.from, {DType::f32, false}, {});
    address(s.to, {DType::f32, false}, {});
    expect(s.from_stride > 0 && s.to_stride >= lanes, "strides {} and {}", s.from_stride, s.to_stride);
    expect_written(s.to.buf);
  }
  void operator()(const Prefetch& s) { address(s.address, {dtype_of(s.address.buf), false}, {}); }
  void operator()(const For& s) {
    index(s.begin);
    for (const Index& end : s.ends) index(end);
    expect(!s.ends.empty(), "a loop without an end");
    expect(s.step > 0 && s.unroll > 0, "step {}, unroll {}", s.step, s.unroll);
    expect(static_cast<uint32_t>(s.var) < kernel_.var_count, "no such variable");
    expect(!usable_.open[static_cast<size_t>(s.var)], "the loop's variable is in use");
    // The loop may not run at all: what it assigns does not count after it.
    const Usable outside = usable_;
    usable_.open[static_cast<size_t>(s.var)] = true;
    statements(s.body);
    usable_ = outside;
  }
  void operator()(const If& s) {
    index(s.index);
    const Usable before = usable_;
    statements(s.then);
    const Usable after_then = usable_;
    usable_ = before;
    statements(s.otherwise);
    for (size_t reg = 0; reg < usable_.assigned.size(); ++reg) {
      usable_.assigned[reg] = usable_.assigned[reg] && after_then.assigned[reg];
    }
  }

 private:
  template <typename... Args>
  void expect(bool holds, fmt::format_string<Args...> text, Args&&... args) const {
    if (holds) return;
    throw InternalError(
        fmt::format("internal error: loops: {}{}", fmt::format(text, std::forward<Args>(args)...), place()));
  }

  /// The statement under way, as text: the printed kernel cut down to it.
  std::string place() const {
    if (current_ == nullptr || std::holds_alternative<For>(current_->op) ||
        std::holds_alternative<If>(current_->op)) {
      return " in\n" + print(kernel_);
    }
    Kernel one;
    one.regs = kernel_.regs;
    one.body = {*current_};
    const std::string text = print(one);
    const size_t begin = text.find("body {\n") + 7;
    return " in" + text.substr(begin, text.find('\n', begin) - begin);
  }

  void statements(const Block& block) {
    for (const Stmt& statement : block) {
      current_ = &statement;
      std::visit(*this, statement.op);
    }
  }

  void memory() const {
    for (const Buffer& buffer : kernel_.buffers)
      expect(buffer.elements >= 0, "a buffer of {} elements", buffer.elements);
    std::vector<std::pair<int64_t, int64_t>> spans;
    for (const ScratchArea& area : kernel_.scratch) {
      expect(area.elements >= 0 && area.byte_offset >= 0 && area.byte_offset % 64 == 0, "scratch of {} at {}",
             area.elements, area.byte_offset);
      spans.emplace_back(area.byte_offset, area.byte_offset + area.elements * bytes_of(area.dtype));
    }
    std::sort(spans.begin(), spans.end());
    for (size_t i = 1; i < spans.size(); ++i) {
      expect(spans[i - 1].second <= spans[i].first, "scratch areas overlap at {}", spans[i].first);
    }
  }

  const RegType& type(Reg reg) const {
    expect(static_cast<size_t>(reg) < kernel_.regs.size(), "no register r{}", static_cast<uint32_t>(reg));
    return kernel_.regs[static_cast<size_t>(reg)];
  }

  void expect_type(Reg reg, const RegType& expected) const {
    expect(type(reg) == expected, "r{} is no {}{}", static_cast<uint32_t>(reg), name_of(expected.dtype),
           expected.vector ? "x16" : "");
  }

  void read(Reg reg) const {
    type(reg);
    expect(usable_.assigned[static_cast<size_t>(reg)], "r{} is read before it is assigned",
           static_cast<uint32_t>(reg));
  }

  void assign(Reg reg) {
    type(reg);
    const auto number = static_cast<size_t>(reg);
    expect(of_prologue_.empty() || !of_prologue_[number], "the body assigns r{} of the prologue", number);
    usable_.assigned[number] = true;
  }

  void index(const Index& index) const {
    for (size_t i = 0; i < index.terms.size(); ++i) {
      const auto [var, coefficient] = index.terms[i];
      const auto number = static_cast<uint32_t>(var);
      expect(number < kernel_.var_count && usable_.open[number], "i{} is not in scope", number);
      expect(coefficient != 0 && (i == 0 || index.terms[i - 1].first < var),
             "the terms of an index are not in order");
    }
  }

  DType dtype_of(Buf buf) const {
    const auto number = static_cast<size_t>(buf);
    const size_t buffers = kernel_.buffers.size();
    expect(number < buffers + kernel_.scratch.size(), "no buffer b{}", number);
    return number < buffers ? kernel_.buffers[number].dtype : kernel_.scratch[number - buffers].dtype;
  }

  void expect_written(Buf buf) const {
    const auto number = static_cast<size_t>(buf);
    expect(number >= kernel_.buffers.size() || kernel_.buffers[number].written, "b{} is only read", number);
  }

  /// `value` is what is loaded or stored there.
  void address(const Address& address, const RegType& value, const std::optional<Reg>& mask) const {
    expect(dtype_of(address.buf) == value.dtype, "b{} holds {}, not {}", static_cast<uint32_t>(address.buf),
           name_of(dtype_of(address.buf)), name_of(value.dtype));
    index(address.index);
    const auto place = [&](Reg reg) {
      read(reg);
      expect(type(reg).dtype == DType::i32 && (value.vector || !type(reg).vector),
             "r{} is no place in memory", static_cast<uint32_t>(reg));
    };
    if (address.plus) place(*address.plus);
    for (const auto& term : address.far) place(term.first);
    if (mask) {
      read(*mask);
      expect_type(*mask, {DType::boolean, value.vector});
    }
  }

  const Kernel& kernel_;
  Usable usable_;
  std::vector<bool> of_prologue_;  // empty until the prologue is done
  const Stmt* current_ = nullptr;
};

}  // namespace

void verify(const Kernel& kernel) { Verifier(kernel).verify(); }

}  // namespace cgan_jit::loop
