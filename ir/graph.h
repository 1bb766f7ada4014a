#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "ir/error.h"
#include "ir/index_map.h"
#include "ir/scalar.h"
#include "ir/type.h"

namespace cgan_jit {

/// A node's number in its graph. Operands always have smaller numbers: a graph is in topological order.
enum class Value : uint32_t {};
constexpr uint32_t index(Value value) { return static_cast<uint32_t>(value); }

enum class ReduceFn : uint8_t { add, max };

/// The order in which a reduction combines its terms; part of a program's meaning.
///   seq      one after the other, row-major over the reduced axes (in the order of their numbers), from 0
///            (add) or -inf (max; the smallest i32): so_far = fn(so_far, term).
///   lanes16  16 partial results: a term belongs to partial (coordinate on the partial axis) % 16; that is
///            the longest reduced axis, of equals the first. Each partial combines its terms as seq does, but
///            with the partial axis innermost. Then (p[i], p[i+8]), (p[i], p[i+4]), (p[i], p[i+2]),
///            (p[0], p[1]).
enum class Order : uint8_t { seq, lanes16 };

// The meta-operators. What each one means is written beside it; `in`, `a`, `b` are its operands.

/// A value given from outside for each run; never differentiated through.
struct Input {
  std::string name;
  bool operator==(const Input&) const = default;
};
/// A value kept between runs; reading it gives its value at the start of the step.
struct Param {
  std::string name;
  bool operator==(const Param&) const = default;
};
/// `value` at every element (exact in the element type).
struct Const {
  double value = 0;
  bool operator==(const Const& other) const { return same_number(value, other.value); }
};
/// The coordinate on `axis`, i32.
struct Iota {
  int axis = 0;
  bool operator==(const Iota&) const = default;
};
/// Operands: seed, step (u32 scalars). u32 words: element e (row-major, logical) is word e % 4 of
/// Philox4x32-10 with counter (e / 4, stream, step, 0) and key (seed, 0).
struct Random {
  uint32_t stream = 0;
  bool operator==(const Random&) const = default;
};
/// out[i] = fn(in0[i], in1[i], ...). All operands have the result's shape.
struct Map {
  Fn fn;
  bool operator==(const Map&) const = default;
};
/// out[i] = in[map(i)], or `fill` where map(i) lies outside.
struct Reindex {
  IndexMap map;
  double fill = 0;
  bool operator==(const Reindex& other) const { return map == other.map && same_number(fill, other.fill); }
};
/// out = 0, then out[map(i)] += in[i] for every i, row-major; i with map(i) outside are dropped. f32.
struct Scatter {
  IndexMap map;
  bool operator==(const Scatter&) const = default;
};
/// Over `axes` (increasing), which disappear. f32 (add, max), i32 (add, max).
struct Reduce {
  ReduceFn fn;
  std::vector<int> axes;
  Order order = Order::seq;
  bool operator==(const Reduce&) const = default;
};
/// The partial axis of `axes` (not none) of `shape`.
int partial_axis(const Shape& shape, const std::vector<int>& axes);
/// (table [R, ...rest], indices i32 [...batch]) -> [...batch, ...rest]: rows of the table; 0 where the index
/// is outside.
struct Gather {
  bool operator==(const Gather&) const = default;
};
/// (indices i32 [...batch], rows [...batch, ...rest]) -> [R, ...rest]: out = 0, then out[indices[b]] +=
/// rows[b], b row-major; indices outside are dropped. R is the result type's first extent. f32.
struct Deposit {
  bool operator==(const Deposit&) const = default;
};
/// Parts side by side along `axis`.
struct Concat {
  int axis = 0;
  bool operator==(const Concat&) const = default;
};
/// The same elements in row-major order.
struct Reshape {
  bool operator==(const Reshape&) const = default;
};
/// `in`, without a gradient.
struct Detach {
  bool operator==(const Detach&) const = default;
};
/// out[o] = sum over s of lhs[lhs_map(o, s)] * rhs[rhs_map(o, s)]. The domain's axes are the result's axes,
/// then the summed ones, of extents `summed`. A term of which a read lies outside is left out. The sum runs
/// row-major over s: acc = fma(l, r, acc) from 0. f32. Only ever recognised by `contract`.
struct Contract {
  Shape summed;
  IndexMap lhs, rhs;
  bool operator==(const Contract&) const = default;
};

using Op = std::variant<Input, Param, Const, Iota, Random, Map, Reindex, Scatter, Reduce, Gather, Deposit,
                        Concat, Reshape, Detach, Contract>;

struct Node {
  Op op;
  std::vector<Value> operands;
  Type type;
  std::optional<Layout> layout;  // set by the layout pass; nothing: row-major
  bool operator==(const Node&) const = default;
};

/// What a run delivers. With `updates`, the value is written back into that param at the end of the step
/// (same type).
struct Output {
  std::string name;
  Value value;
  std::optional<Value> updates;
  bool operator==(const Output&) const = default;
};

/// A program: nodes in topological order and outputs. A value: copy it, compare it, print it. References to
/// its nodes, types and shapes stay good whatever is added.
class Graph {
 public:
  /// Adds a node, or returns the equal one that is there (so that common subexpressions are one node).
  Value add(Op op, std::vector<Value> operands, Type type, std::optional<Layout> layout = {});
  void add_output(std::string name, Value value, std::optional<Value> updates = {});

  const Node& operator[](Value value) const { return nodes_[index(value)]; }
  const Type& type(Value value) const { return nodes_[index(value)].type; }
  const Shape& shape(Value value) const { return nodes_[index(value)].type.shape; }
  const std::deque<Node>& nodes() const { return nodes_; }
  const std::vector<Output>& outputs() const { return outputs_; }
  size_t size() const { return nodes_.size(); }
  bool operator==(const Graph& other) const { return nodes_ == other.nodes_ && outputs_ == other.outputs_; }

 private:
  std::deque<Node> nodes_;  // which never moves them
  std::vector<Output> outputs_;
  std::unordered_multimap<size_t, uint32_t> equal_nodes_;  // hash -> node
};

size_t hash_of(const Node& node);

/// op as T, or nullptr: `if (auto* map = as<Map>(node))`.
template <typename T>
const T* as(const Node& node) {
  return std::get_if<T>(&node.op);
}

/// How often each node is read by other nodes (outputs count one each).
std::vector<int> use_counts(const Graph& graph);

/// Rebuilds `graph` node by node: `rewrite(out, node, operands)` returns the node's value in the new graph
/// `out`, its operands already rebuilt. Only nodes that outputs need are visited; params and inputs that
/// nobody reads go.
template <typename Rewrite>
Graph rebuild(const Graph& graph, Rewrite&& rewrite);

/// The nodes that the outputs need, in order.
std::vector<bool> live_nodes(const Graph& graph);

template <typename Rewrite>
Graph rebuild(const Graph& graph, Rewrite&& rewrite) {
  Graph out;
  const std::vector<bool> live = live_nodes(graph);
  std::vector<Value> renamed(graph.size());
  for (uint32_t i = 0; i < graph.size(); ++i) {
    if (!live[i]) continue;
    const Node& node = graph.nodes()[i];
    std::vector<Value> operands;
    for (Value operand : node.operands) operands.push_back(renamed[index(operand)]);
    renamed[i] = rewrite(out, node, std::move(operands));
  }
  for (const Output& output : graph.outputs()) {
    std::optional<Value> updates;
    if (output.updates) updates = renamed[index(*output.updates)];
    out.add_output(output.name, renamed[index(output.value)], updates);
  }
  return out;
}

}  // namespace cgan_jit
