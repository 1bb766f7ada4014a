#include <charconv>
#include <map>

#include "ir/excerpt.h"
#include "ir/standard_floats.h"
#include "ir/text.h"
#include "ir/verify.h"

namespace cgan_jit {

namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

/// The characters of a text, with the lines they stand on. Every reader skips space and comments first.
class Cursor {
 public:
  Cursor(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  int line() {
    skip_space();
    return line_;
  }

  char peek() {
    skip_space();
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool at_end() {
    skip_space();
    return at_ == text_.size();
  }

  bool accept(std::string_view token) {
    skip_space();
    if (text_.substr(at_, token.size()) != token) return false;
    const size_t end = at_ + token.size();
    // A word is accepted only as a whole.
    if (is_word(token.back()) && end < text_.size() && is_word(text_[end])) return false;
    at_ = end;
    return true;
  }

  void expect(std::string_view token) {
    if (!accept(token)) fail("expected '{}' instead of {}", token, found());
  }

  /// Letters, digits and '_'.
  std::string_view word(std::string_view what) {
    skip_space();
    const std::string_view result = take_while(is_word);
    if (result.empty()) fail("expected {} instead of {}", what, found());
    return result;
  }

  std::string string_literal() {
    expect("\"");
    std::string result;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n') {
      const bool escaped = text_[at_] == '\\' && at_ + 1 < text_.size();
      if (escaped) ++at_;
      result += escaped && text_[at_] == 'n' ? '\n' : text_[at_];
      ++at_;
    }
    if (at_ == text_.size() || text_[at_] != '"') fail("a string without its closing '\"'");
    ++at_;
    return result;
  }

  template <typename T>
  T integer(std::string_view what) {
    skip_space();
    T value{};
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error == std::errc::result_out_of_range) fail("{} is out of range", what);
    if (error != std::errc{}) fail("expected {} instead of {}", what, found());
    at_ = static_cast<size_t>(end - text_.data());
    return value;
  }

  /// A number, as it stands: what it means depends on the element type, which comes later.
  std::string_view number() {
    skip_space();
    const std::string_view result =
        take_while([](char c) { return is_word(c) || c == '.' || c == '-' || c == '+'; });
    if (result.empty()) fail("expected a number instead of {}", found());
    return result;
  }

  template <typename... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) const {
    fail_at(line_, format_excerpts(text, std::forward<Args>(args)...));
  }

  [[noreturn]] void fail_at(int line, const std::string& what) const {
    throw Error("{}:{}: {}", file_, line, what);
  }

 private:
  void skip_space() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') ++line_, comment_ = false;
      if (c == '#') comment_ = true;
      if (!comment_ && c != ' ' && c != '\t' && c != '\r' && c != '\n') return;
    }
  }

  template <typename Pred>
  std::string_view take_while(Pred pred) {
    const size_t begin = at_;
    while (at_ < text_.size() && pred(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  std::string found() {
    skip_space();
    if (at_ == text_.size()) return "the end of the text";
    const size_t begin = at_;
    const std::string_view next = take_while(is_word);
    const std::string result = fmt::format("'{}'", next.empty() ? text_.substr(begin, 1) : next);
    at_ = begin;
    return result;
  }

  std::string_view text_, file_;
  size_t at_ = 0;
  int line_ = 1;
  bool comment_ = false;
};

class Parser {
 public:
  Parser(std::string_view text, std::string_view file) : cursor_(text, file) {}

  Graph graph() {
    cursor_.expect("graph");
    cursor_.expect("{");
    while (!cursor_.accept("}")) statement();
    if (!cursor_.at_end()) cursor_.fail("text after the end of the graph");
    refuse_faults();
    return std::move(graph_);
  }

 private:
  void statement() {
    const int line = cursor_.line();
    if (cursor_.accept("output")) {
      output(line);
    } else {
      node(line);
    }
  }

  void output(int line) {
    const std::string name = cursor_.string_literal();
    const Value value = this->value();
    std::optional<Value> updates;
    if (cursor_.accept("updates")) updates = this->value();
    graph_.add_output(name, value, updates);
    output_lines_.push_back(line);
  }

  void node(int line) {
    cursor_.expect("%");
    const std::string name(cursor_.word("a value's name"));
    if (values_.contains(name)) cursor_.fail("%{} is defined twice", name);
    cursor_.expect("=");
    const std::string_view op_name = cursor_.word("an op");
    std::vector<Value> operands;
    // Numbers are exact in the element type, which is known only at the end of the line.
    std::optional<std::string_view> number;
    Op op = this->op(op_name, operands, number);
    cursor_.expect(":");
    Type type = this->type();
    if (number) set_number(op, number_value(*number, type.dtype));
    const Value value = graph_.add(std::move(op), std::move(operands), std::move(type), layout());
    values_.emplace(name, value);
    if (index(value) == node_lines_.size()) node_lines_.push_back(line);
  }

  Op op(std::string_view name, std::vector<Value>& operands, std::optional<std::string_view>& number) {
    if (name == "input") return Input{cursor_.string_literal()};
    if (name == "param") return Param{cursor_.string_literal()};
    if (name == "const") return number = cursor_.number(), Const{};
    if (name == "iota") return Iota{cursor_.integer<int>("an axis")};
    if (name == "random") {
      const auto stream = cursor_.integer<uint32_t>("a stream");
      return operands = this->operands(), Random{stream};
    }
    if (name == "reindex") {
      operands = this->operands();
      IndexMap map = index_map();
      if (cursor_.accept("fill")) number = cursor_.number();
      return Reindex{std::move(map)};
    }
    if (name == "scatter") return operands = this->operands(), Scatter{index_map()};
    if (name == "reduce") return reduce(operands);
    if (name == "gather") return operands = this->operands(), Gather{};
    if (name == "deposit") return operands = this->operands(), Deposit{};
    if (name == "concat") {
      const int axis = cursor_.integer<int>("an axis");
      return operands = this->operands(), Concat{axis};
    }
    if (name == "reshape") return operands = this->operands(), Reshape{};
    if (name == "detach") return operands = this->operands(), Detach{};
    if (name == "contract") return contract(operands);
    const std::optional<Fn> fn = fn_named(name);
    if (!fn) cursor_.fail("no op is called '{}'", name);
    return operands = this->operands(), Map{*fn};
  }

  Op reduce(std::vector<Value>& operands) {
    const std::string_view name = cursor_.word("add or max");
    if (name != "add" && name != "max") cursor_.fail("a reduce is add or max, not {}", name);
    operands = this->operands();
    Reduce reduce{name == "add" ? ReduceFn::add : ReduceFn::max, integers<int>("an axis")};
    if (cursor_.accept("lanes16")) reduce.order = Order::lanes16;
    return reduce;
  }

  Op contract(std::vector<Value>& operands) {
    operands = this->operands();
    IndexMap lhs = index_map(), rhs = index_map();
    cursor_.expect("sum");
    return Contract{integers<int64_t>("an extent"), std::move(lhs), std::move(rhs)};
  }

  static void set_number(Op& op, double value) {
    if (auto* constant = std::get_if<Const>(&op)) constant->value = value;
    if (auto* reindex = std::get_if<Reindex>(&op)) reindex->fill = value;
  }

  double number_value(std::string_view text, DType dtype) {
    const auto read = [&]<typename T>(T value) -> double {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error == std::errc::result_out_of_range) cursor_.fail("{} is out of range", text);
      if (error != std::errc{} || end != text.data() + text.size()) cursor_.fail("'{}' is no number", text);
      return static_cast<double>(value);
    };
    return dtype == DType::f32 ? read(0.0F) : read(0.0);
  }

  Value value() {
    cursor_.expect("%");
    const std::string name(cursor_.word("a value's name"));
    const auto found = values_.find(name);
    if (found == values_.end()) cursor_.fail("%{} is not defined above", name);
    return found->second;
  }

  std::vector<Value> operands() {
    std::vector<Value> result{value()};
    while (cursor_.accept(",")) result.push_back(value());
    return result;
  }

  template <typename T>
  std::vector<T> integers(std::string_view what) {
    std::vector<T> result;
    cursor_.expect("[");
    while (!cursor_.accept("]")) {
      if (!result.empty()) cursor_.expect(",");
      result.push_back(cursor_.integer<T>(what));
    }
    return result;
  }

  Type type() {
    const std::string_view name = cursor_.word("an element type");
    for (DType dtype : {DType::f32, DType::i32, DType::u32, DType::u8, DType::boolean}) {
      if (cgan_jit::name_of(dtype) == name) return {dtype, integers<int64_t>("an extent")};
    }
    cursor_.fail("no element type is called '{}'", name);
  }

  std::optional<Layout> layout() {
    if (!cursor_.accept("@")) return {};
    const int axis = cursor_.integer<int>("an axis");
    cursor_.expect("/");
    const auto width = cursor_.integer<int64_t>("a width");
    return Layout{axis, width, cursor_.accept(",") ? cursor_.integer<int>("an axis") : -1};
  }

  IndexMap index_map() {
    std::string axes;
    cursor_.expect("[");
    while (!cursor_.accept("->")) {
      if (!axes.empty()) cursor_.expect(",");
      axes += new_axis(axes);
    }
    IndexMap map{static_cast<int>(axes.size()), {}};
    while (!cursor_.accept("]")) {
      if (!map.results.empty()) cursor_.expect(",");
      map.results.push_back(affine(axes));
    }
    return map;
  }

  char new_axis(const std::string& axes) {
    const std::string_view name = cursor_.word("an axis");
    if (name.size() != 1 || !is_letter(name[0])) cursor_.fail("an axis is one small letter, not '{}'", name);
    if (axes.find(name[0]) != std::string::npos) cursor_.fail("axis {} twice", name);
    return name[0];
  }

  /// Terms with their signs: 2*i-j+1.
  Affine affine(const std::string& axes) {
    Affine result{0, std::vector<int64_t>(axes.size(), 0)};
    int64_t sign = cursor_.accept("-") ? -1 : 1;
    while (true) {
      const bool has_number = is_digit(cursor_.peek());
      const int64_t factor = sign * (has_number ? cursor_.integer<int64_t>("a coefficient") : 1);
      if (has_number && !cursor_.accept("*")) {
        add(result.offset, factor);
      } else {
        add(result.coefficients[axis(axes)], factor);
      }
      if (cursor_.accept("+")) {
        sign = 1;
      } else if (cursor_.accept("-")) {
        sign = -1;
      } else {
        return result;
      }
    }
  }

  void add(int64_t& sum, int64_t term) {
    if (__builtin_add_overflow(sum, term, &sum)) cursor_.fail("a coefficient is out of range");
  }

  size_t axis(const std::string& axes) {
    const std::string_view name = cursor_.word("an axis");
    const size_t at = name.size() == 1 ? axes.find(name[0]) : std::string::npos;
    if (at == std::string::npos) cursor_.fail("no axis is called '{}'", name);
    return at;
  }

  void refuse_faults() {
    const std::optional<Fault> fault = find_fault(graph_);
    if (!fault) return;
    cursor_.fail_at(fault->node ? node_lines_[index(*fault->node)] : output_lines_[*fault->output],
                    fault->what);
  }

  Cursor cursor_;
  Graph graph_;
  std::map<std::string, Value> values_;
  std::vector<int> node_lines_, output_lines_;
};

}  // namespace

Graph parse(std::string_view text, std::string_view file) {
  const StandardFloats standard;
  return Parser(text, file).graph();
}

}  // namespace cgan_jit
