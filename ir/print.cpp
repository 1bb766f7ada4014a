#include "ir/text.h"

#include <fmt/ranges.h>

#include "ir/overloaded.h"

namespace cgan_jit {

std::string number_text(double value, DType dtype) {
  if (value != value) return "nan";
  const auto single = static_cast<float>(value);
  if (dtype == DType::f32 && static_cast<double>(single) == value) return fmt::format("{}", single);
  return fmt::format("{}", value);
}

namespace {

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return result + '"';
}

std::string operands_text(const std::vector<Value>& operands) {
  std::vector<std::string> names;
  for (Value operand : operands) names.push_back(fmt::format("%{}", index(operand)));
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string_view name_of(ReduceFn fn) { return fn == ReduceFn::add ? "add" : "max"; }

/// The op with its operands, all that stands between '=' and ':'.
std::string op_text(const Node& node) {
  const std::string in = operands_text(node.operands);
  return std::visit(
      Overloaded{
          [&](const Input& o) { return "input " + quoted(o.name); },
          [&](const Param& o) { return "param " + quoted(o.name); },
          [&](const Const& o) { return "const " + number_text(o.value, node.type.dtype); },
          [&](const Iota& o) { return fmt::format("iota {}", o.axis); },
          [&](const Random& o) { return fmt::format("random {} {}", o.stream, in); },
          [&](const Map& o) { return fmt::format("{} {}", cgan_jit::name_of(o.fn), in); },
          [&](const Reindex& o) {
            const std::string text = fmt::format("reindex {} {}", in, to_string(o.map));
            return same_number(o.fill, 0) ? text : text + " fill " + number_text(o.fill, node.type.dtype);
          },
          [&](const Scatter& o) { return fmt::format("scatter {} {}", in, to_string(o.map)); },
          [&](const Reduce& o) {
            return fmt::format("reduce {} {} [{}]{}", name_of(o.fn), in, fmt::join(o.axes, ","),
                               o.order == Order::lanes16 ? " lanes16" : "");
          },
          [&](const Gather&) { return "gather " + in; },
          [&](const Deposit&) { return "deposit " + in; },
          [&](const Concat& o) { return fmt::format("concat {} {}", o.axis, in); },
          [&](const Reshape&) { return "reshape " + in; },
          [&](const Detach&) { return "detach " + in; },
          [&](const Contract& o) {
            return fmt::format("contract {} {} {} sum {}", in, to_string(o.lhs), to_string(o.rhs),
                               to_string(o.summed));
          },
      },
      node.op);
}

}  // namespace

std::string print(const Node& node, Value self) {
  std::string text = fmt::format("%{} = {} : {}", index(self), op_text(node), to_string(node.type));
  if (node.layout) text += " " + to_string(*node.layout);
  return text;
}

std::string print(const Graph& graph) {
  std::string text = "graph {\n";
  for (uint32_t i = 0; i < graph.size(); ++i) text += "  " + print(graph.nodes()[i], Value{i}) + "\n";
  for (const Output& output : graph.outputs()) {
    text += fmt::format("  output {} %{}", quoted(output.name), index(output.value));
    if (output.updates) text += fmt::format(" updates %{}", index(*output.updates));
    text += "\n";
  }
  return text + "}\n";
}

}  // namespace cgan_jit
