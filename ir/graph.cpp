#include "ir/graph.h"

#include <bit>
#include <functional>

#include "ir/overloaded.h"

namespace cgan_jit {

namespace {

/// A running hash: mix in one field after the other.
class Hash {
 public:
  void mix(uint64_t word) { state_ = (std::rotl(state_, 23) ^ word) * 0x9E3779B97F4A7C15; }
  void mix(const std::string& text) { mix(std::hash<std::string>{}(text)); }
  // What same_number calls equal must hash equally: all NaNs are one.
  void mix_number(double number) { mix(number == number ? std::bit_cast<uint64_t>(number) : ~uint64_t{0}); }
  template <typename T>
  void mix_all(const std::vector<T>& items) {
    mix(items.size());
    for (const T& item : items) mix(static_cast<uint64_t>(item));
  }
  void mix(const IndexMap& map) {
    mix(static_cast<uint64_t>(map.rank));
    for (const Affine& result : map.results) {
      mix(static_cast<uint64_t>(result.offset));
      mix_all(result.coefficients);
    }
  }
  uint64_t value() const { return state_ ^ (state_ >> 29); }

 private:
  uint64_t state_ = 0x243F6A8885A308D3;
};

void mix_op(Hash& hash, const Op& op) {
  hash.mix(op.index());
  std::visit(Overloaded{
                 [&](const Input& o) { hash.mix(o.name); },
                 [&](const Param& o) { hash.mix(o.name); },
                 [&](const Const& o) { hash.mix_number(o.value); },
                 [&](const Iota& o) { hash.mix(static_cast<uint64_t>(o.axis)); },
                 [&](const Random& o) { hash.mix(uint64_t{o.stream}); },
                 [&](const Map& o) { hash.mix(static_cast<uint64_t>(o.fn)); },
                 [&](const Reindex& o) { hash.mix(o.map), hash.mix_number(o.fill); },
                 [&](const Scatter& o) { hash.mix(o.map); },
                 [&](const Reduce& o) {
                   hash.mix(static_cast<uint64_t>(o.fn)), hash.mix(static_cast<uint64_t>(o.order));
                   hash.mix_all(o.axes);
                 },
                 [&](const Gather&) {},
                 [&](const Deposit&) {},
                 [&](const Concat& o) { hash.mix(static_cast<uint64_t>(o.axis)); },
                 [&](const Reshape&) {},
                 [&](const Detach&) {},
                 [&](const Contract& o) { hash.mix_all(o.summed), hash.mix(o.lhs), hash.mix(o.rhs); },
             },
             op);
}

}  // namespace

size_t hash_of(const Node& node) {
  Hash hash;
  mix_op(hash, node.op);
  hash.mix(node.operands.size());
  for (Value operand : node.operands) hash.mix(uint64_t{index(operand)});
  hash.mix(static_cast<uint64_t>(node.type.dtype));
  hash.mix_all(node.type.shape);
  if (node.layout) {
    hash.mix(static_cast<uint64_t>(node.layout->lane_axis));
    hash.mix(static_cast<uint64_t>(node.layout->width));
    hash.mix(static_cast<uint64_t>(node.layout->inner_axis));
  }
  return hash.value();
}

int partial_axis(const Shape& shape, const std::vector<int>& axes) {
  return *std::max_element(axes.begin(), axes.end(), [&](int a, int b) { return shape[a] < shape[b]; });
}

Value Graph::add(Op op, std::vector<Value> operands, Type type, std::optional<Layout> layout) {
  for (Value operand : operands)
    check(index(operand) < size(), "operand %{} of node %{}", index(operand), size());
  Node node{std::move(op), std::move(operands), std::move(type), layout};
  const size_t hash = hash_of(node);
  for (auto [at, end] = equal_nodes_.equal_range(hash); at != end; ++at) {
    if (nodes_[at->second] == node) return Value{at->second};
  }
  const auto number = static_cast<uint32_t>(nodes_.size());
  equal_nodes_.emplace(hash, number);
  nodes_.push_back(std::move(node));
  return Value{number};
}

void Graph::add_output(std::string name, Value value, std::optional<Value> updates) {
  check(index(value) < size(), "output \"{}\" of %{}", name, index(value));
  check(!updates || index(*updates) < size(), "output \"{}\" updates an unknown value", name);
  outputs_.push_back({std::move(name), value, updates});
}

std::vector<int> use_counts(const Graph& graph) {
  std::vector<int> counts(graph.size(), 0);
  for (const Node& node : graph.nodes()) {
    for (Value operand : node.operands) ++counts[index(operand)];
  }
  for (const Output& output : graph.outputs()) ++counts[index(output.value)];
  return counts;
}

std::vector<bool> live_nodes(const Graph& graph) {
  std::vector<bool> live(graph.size(), false);
  for (const Output& output : graph.outputs()) {
    live[index(output.value)] = true;
    if (output.updates) live[index(*output.updates)] = true;
  }
  for (size_t i = graph.size(); i-- > 0;) {
    if (!live[i]) continue;
    for (Value operand : graph.nodes()[i].operands) live[index(operand)] = true;
  }
  return live;
}

}  // namespace cgan_jit
