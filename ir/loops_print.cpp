#include <fmt/format.h>

#include "ir/graph.h"
#include "ir/loops.h"
#include "ir/text.h"

namespace cgan_jit::loop {

namespace {

std::string text_of(Reg reg) { return fmt::format("r{}", static_cast<uint32_t>(reg)); }
std::string text_of(Var var) { return fmt::format("i{}", static_cast<uint32_t>(var)); }
std::string text_of(Buf buf) { return fmt::format("b{}", static_cast<uint32_t>(buf)); }

std::string text_of(const RegType& type) {
  return fmt::format("{}{}", name_of(type.dtype), type.vector ? "x16" : "");
}

std::string text_of(const Index& index) {
  std::string text;
  for (const auto& [var, coefficient] : index.terms) {
    if (!text.empty() && coefficient > 0) text += '+';
    if (coefficient != 1) text += fmt::format("{}*", coefficient);
    text += text_of(var);
  }
  if (text.empty()) return fmt::format("{}", index.offset);
  return index.offset == 0 ? text : text + fmt::format("{:+}", index.offset);
}

std::string text_of(const Address& address) {
  std::string plus = address.plus ? "+" + text_of(*address.plus) : "";
  for (const auto& [reg, stride] : address.far) plus += fmt::format("{:+}*{}", stride, text_of(reg));
  return fmt::format("{}[{}{}]", text_of(address.buf), text_of(address.index), plus);
}

template <typename Registers>
std::string list_of(const Registers& registers) {
  std::string text;
  for (Reg reg : registers) text += (text.empty() ? "" : ", ") + text_of(reg);
  return text;
}

std::string text_of(const std::optional<Reg>& mask) { return mask ? " if " + text_of(*mask) : ""; }

/// Writes statements, one a line, indented by nesting.
class Printer {
 public:
  explicit Printer(const Kernel& kernel) : kernel_(kernel) {}

  std::string print() {
    line("kernel {} in 0..{}, {} vars {{", text_of(kernel_.unit), kernel_.units, kernel_.var_count);
    ++depth_;
    memory();
    registers();
    braced("prologue", kernel_.prologue);
    braced("body", kernel_.body);
    --depth_;
    line("}}");
    return std::move(text_);
  }

  void operator()(const Load& s) { line("{} = load {}{}", text_of(s.dst), text_of(s.from), text_of(s.mask)); }
  void operator()(const Store& s) {
    line("store {} = {}{}", text_of(s.to), text_of(s.value), text_of(s.mask));
  }
  void operator()(const Literal& s) {
    line("{} = {}", text_of(s.dst), number_text(s.value, dtype_of(s.dst)));
  }
  void operator()(const IndexValue& s) { line("{} = index {}", text_of(s.dst), text_of(s.index)); }
  void operator()(const LaneIds& s) { line("{} = lanes", text_of(s.dst)); }
  void operator()(const Splat& s) { line("{} = splat {}", text_of(s.dst), text_of(s.src)); }
  void operator()(const Compute& s) { line("{} = {} {}", text_of(s.dst), name_of(s.fn), list_of(s.args)); }
  void operator()(const Copy& s) { line("{} = copy {}", text_of(s.dst), text_of(s.src)); }
  void operator()(const Divide& s) {
    line("{}, {} = divide {} by {}", text_of(s.quotient), text_of(s.remainder), text_of(s.value), s.divisor);
  }
  void operator()(const PhiloxBlock& s) {
    line("{} = philox {} key {}", list_of(s.dst), list_of(s.counter), list_of(s.key));
  }
  void operator()(const ReduceLanes& s) {
    line("{} = reduce {} {}", text_of(s.dst), name_of(s.fn), text_of(s.src));
  }
  void operator()(const Transpose& s) {
    line("transpose {} by {} = {} by {}", text_of(s.to), s.to_stride, text_of(s.from), s.from_stride);
  }
  void operator()(const Prefetch& s) {
    line("prefetch {}{}", text_of(s.address), s.write ? " to write" : "");
  }
  void operator()(const For& s) {
    std::string ends;
    for (const Index& end : s.ends) ends += (ends.empty() ? "" : ", ") + text_of(end);
    const std::string unroll = s.unroll == 1 ? "" : fmt::format(" unroll {}", s.unroll);
    braced(fmt::format("for {} = {} to {} step {}{}", text_of(s.var), text_of(s.begin), ends, s.step, unroll),
           s.body);
  }
  void operator()(const If& s) {
    braced(fmt::format("if {} < {}", text_of(s.index), s.below), s.then);
    if (!s.otherwise.empty()) braced("else", s.otherwise);
  }

 private:
  template <typename... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    text_.append(2 * depth_, ' ');
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }

  // A wrong kernel must print too, in the verifier's message.
  DType dtype_of(Reg reg) const {
    const auto number = static_cast<size_t>(reg);
    return number < kernel_.regs.size() ? kernel_.regs[number].dtype : DType::f32;
  }

  void braced(const std::string& head, const Block& block) {
    line("{} {{", head);
    ++depth_;
    for (const Stmt& statement : block) std::visit(*this, statement.op);
    --depth_;
    line("}}");
  }

  void memory() {
    size_t number = 0;
    for (const Buffer& buffer : kernel_.buffers) {
      line("b{} : {}[{}]{}", number++, name_of(buffer.dtype), buffer.elements,
           buffer.written ? " written" : "");
    }
    for (const ScratchArea& area : kernel_.scratch) {
      line("b{} : {}[{}] scratch at {}", number++, name_of(area.dtype), area.elements, area.byte_offset);
    }
  }

  /// Runs of registers of one type share a line.
  void registers() {
    const std::vector<RegType>& regs = kernel_.regs;
    for (size_t begin = 0, end = 0; begin < regs.size(); begin = end) {
      while (end < regs.size() && regs[end] == regs[begin]) ++end;
      line("r{}..r{} : {}", begin, end - 1, text_of(regs[begin]));
    }
  }

  const Kernel& kernel_;
  std::string text_;
  size_t depth_ = 0;
};

}  // namespace

std::string print(const Kernel& kernel) { return Printer(kernel).print(); }

}  // namespace cgan_jit::loop
