#include <algorithm>
#include <random>

#include "ir/overloaded.h"
#include "ir/text.h"
#include "tests/support/random_graph.h"

// How the fuzzer changes a graph: a text that reads is changed as a graph, so that most of what comes out is
// legal, and another kind of legal than before. Every other text is changed as bytes.

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

namespace {

using namespace cgan_jit;
using Dice = std::minstd_rand;

template <typename List>
auto& any_of_list(List& list, Dice& dice) {
  return list[dice() % std::size(list)];
}

bool one_in(unsigned count, Dice& dice) { return dice() % count == 0; }

/// A graph taken apart, which need not be legal.
struct Parts {
  std::vector<Node> nodes;
  std::vector<Output> outputs;

  Value any_value(Dice& dice) const { return Value{static_cast<uint32_t>(dice() % nodes.size())}; }
  const Node& at(Value value) const { return nodes[index(value)]; }
};

std::string text_of(const Parts& parts) {
  std::string text = "graph {\n";
  for (uint32_t i = 0; i < parts.nodes.size(); ++i) text += print(parts.nodes[i], Value{i}) + "\n";
  for (const Output& output : parts.outputs) {
    text += fmt::format("output \"{}\" %{}", output.name, index(output.value));
    text += output.updates ? fmt::format(" updates %{}\n", index(*output.updates)) : "\n";
  }
  return text + "}\n";
}

/// A value before `end` of that type, or any.
Value any_before(const Parts& parts, uint32_t end, const Type& type, Dice& dice) {
  std::vector<Value> fitting;
  for (uint32_t i = 0; i < end; ++i) {
    if (parts.nodes[i].type == type) fitting.push_back(Value{i});
  }
  return fitting.empty() ? Value{static_cast<uint32_t>(dice() % std::max(end, 1U))}
                         : any_of_list(fitting, dice);
}

void change_extent(Parts& parts, Dice& dice) {
  const Shape& shape = parts.at(parts.any_value(dice)).type.shape;
  if (shape.empty()) return;
  const int64_t old = any_of_list(shape, dice);
  const int64_t candidates[] = {0, 1, 2, 3, 7, 15, 16, 17, 33, 64, 65, old + 1};
  const int64_t changed = any_of_list(candidates, dice);
  for (Node& node : parts.nodes) {
    std::replace(node.type.shape.begin(), node.type.shape.end(), old, changed);
    if (auto* contract = std::get_if<Contract>(&node.op))
      std::replace(contract->summed.begin(), contract->summed.end(), old, changed);
  }
}

void change_operand(Parts& parts, Dice& dice) {
  const Value self = parts.any_value(dice);
  Node& node = parts.nodes[index(self)];
  if (node.operands.empty()) return;
  Value& operand = any_of_list(node.operands, dice);
  operand = any_before(parts, index(self), parts.at(operand).type, dice);
}

double any_number(Dice& dice) {
  constexpr double numbers[] = {0,    -0.0,  1,    -1,  2,        0.5,       3,   1e-38, 1e-45,
                                1e38, -3e38, 1e15, 1e9, INFINITY, -INFINITY, NAN, 31,    32};
  return any_of_list(numbers, dice);
}

void change_map(IndexMap& map, Dice& dice) {
  constexpr int64_t steps[] = {1, -1, 2, -2, 16, INT64_MAX, INT64_MIN, 1LL << 32, 1LL << 62};
  if (map.results.empty()) return;
  Affine& result = any_of_list(map.results, dice);
  int64_t& number =
      one_in(2, dice) || result.coefficients.empty() ? result.offset : any_of_list(result.coefficients, dice);
  const size_t most = one_in(8, dice) ? std::size(steps) : 5;
  number = static_cast<int64_t>(static_cast<uint64_t>(number) + static_cast<uint64_t>(steps[dice() % most]));
}

Fn any_fn(int arity, Dice& dice) {
  while (true) {
    const Fn fn = any_of_list(all_fns(), dice);
    if (arity_of(fn) == arity) return fn;
  }
}

void fit_map_type(const Parts& parts, Node& node) {
  std::vector<DType> dtypes;
  for (Value operand : node.operands) dtypes.push_back(parts.at(operand).type.dtype);
  if (const auto result = result_type(std::get<Map>(node.op).fn, dtypes)) node.type.dtype = *result;
}

/// Those without an attribute that is changed. One that is named nowhere does not compile.
template <typename T>
concept Plain = OneOf<T, Input, Param, Iota, Random, Gather, Deposit, Concat, Reshape, Detach>;

/// Another attribute of the same op.
void change_attribute(Parts& parts, Dice& dice) {
  Node& node = parts.nodes[index(parts.any_value(dice))];
  std::visit(Overloaded{[&](Const& op) { op.value = any_number(dice); },
                        [&](Map& op) {
                          op.fn = any_fn(arity_of(op.fn), dice);
                          fit_map_type(parts, node);
                        },
                        [&](Reindex& op) {
                          if (one_in(3, dice))
                            op.fill = any_number(dice);
                          else
                            change_map(op.map, dice);
                        },
                        [&](Scatter& op) { change_map(op.map, dice); },
                        [&](Contract& op) { change_map(one_in(2, dice) ? op.lhs : op.rhs, dice); },
                        [&](Reduce& op) {
                          if (one_in(2, dice))
                            op.fn = op.fn == ReduceFn::add ? ReduceFn::max : ReduceFn::add;
                          else
                            op.order = op.order == Order::seq ? Order::lanes16 : Order::seq;
                        },
                        [&](Plain auto&) { node.type.dtype = static_cast<DType>(dice() % 5); }},
             node.op);
}

void change_layout(Parts& parts, Dice& dice) {
  Node& node = parts.nodes[index(parts.any_value(dice))];
  constexpr int64_t widths[] = {1, 7, 16, 64};
  const Shape& shape = node.type.shape;
  if (node.layout || shape.empty()) return node.layout.reset();
  node.layout = Layout{static_cast<int>(dice() % shape.size()), any_of_list(widths, dice)};
  const int inner = static_cast<int>(dice() % shape.size());
  if (inner != node.layout->lane_axis) node.layout = with_inner_axis(*node.layout, shape, inner);
}

void add_reader(Parts& parts, Dice& dice) {
  const Value in = parts.any_value(dice);
  const Type type = parts.at(in).type;
  const int rank = static_cast<int>(type.shape.size());
  const auto count = static_cast<uint32_t>(parts.nodes.size());
  Node node{Detach{}, {in}, type, {}};
  switch (dice() % 5) {
    case 0:
      node.type.shape = {element_count(type.shape)};
      node.op = Reshape{};
      break;
    case 1:
      if (rank == 0) break;
      node.op = Reduce{ReduceFn::add, {rank - 1}, one_in(2, dice) ? Order::seq : Order::lanes16};
      node.type.shape.pop_back();
      break;
    case 2: {
      if (rank == 0) break;
      IndexMap map = identity_map(rank);
      std::rotate(map.results.begin(), map.results.begin() + 1, map.results.end());
      std::rotate(node.type.shape.begin(), node.type.shape.end() - 1, node.type.shape.end());
      node.op = Reindex{map};
      break;
    }
    default:
      node.op = Map{any_of_list(all_fns(), dice)};
      while (static_cast<int>(node.operands.size()) < arity_of(std::get<Map>(node.op).fn))
        node.operands.push_back(any_before(parts, count, type, dice));
      fit_map_type(parts, node);
  }
  parts.nodes.push_back(std::move(node));
  parts.outputs.push_back({fmt::format("new{}", count), Value{count}, {}});
}

void change_outputs(Parts& parts, Dice& dice) {
  if (parts.outputs.empty() || one_in(2, dice)) {
    parts.outputs.push_back({fmt::format("o{}", dice()), parts.any_value(dice), {}});
    return;
  }
  Output& output = any_of_list(parts.outputs, dice);
  std::vector<Value> params;
  for (uint32_t i = 0; i < parts.nodes.size(); ++i) {
    if (as<Param>(parts.nodes[i]) && parts.nodes[i].type == parts.at(output.value).type)
      params.push_back(Value{i});
  }
  if (params.empty())
    std::swap(output, parts.outputs.back()), parts.outputs.pop_back();
  else
    output.updates = any_of_list(params, dice);
}

std::string changed(const std::string& text, Dice& dice) {
  if (one_in(64, dice)) return print(random_graph(dice()));
  const Graph graph = parse(text);
  Parts parts{{graph.nodes().begin(), graph.nodes().end()}, graph.outputs()};
  if (parts.nodes.empty()) return print(random_graph(dice()));
  constexpr void (*changes[])(Parts&, Dice&) = {
      change_extent,    change_extent, change_operand, change_operand, change_attribute, change_attribute,
      change_attribute, change_layout, add_reader,     add_reader,     change_outputs};
  do any_of_list(changes, dice)(parts, dice);
  while (one_in(3, dice));
  return text_of(parts);
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed) {
  Dice dice(seed);
  if (one_in(8, dice)) return LLVMFuzzerMutate(data, size, most);
  try {
    const std::string text = changed({reinterpret_cast<const char*>(data), size}, dice);
    if (text.size() > most) return LLVMFuzzerMutate(data, size, most);
    std::copy(text.begin(), text.end(), data);
    return text.size();
  } catch (const Error&) { return LLVMFuzzerMutate(data, size, most); }
}
