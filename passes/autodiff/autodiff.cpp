#include "passes/autodiff/autodiff.h"

#include <algorithm>
#include <numeric>

#include "ir/overloaded.h"
#include "passes/autodiff/derivatives.h"
#include "passes/graph/build.h"

namespace cgan_jit {
namespace {

/// What the gradient of a value goes to, if anybody wants it.
std::vector<Value> receivers(const Graph& graph, Value value, const StandIns& stand_ins) {
  if (const auto found = stand_ins.find(value); found != stand_ins.end()) return {found->second};
  const Node& node = graph[value];
  const bool passes = node.type.dtype == DType::f32 && !std::holds_alternative<Detach>(node.op);
  return passes ? node.operands : std::vector<Value>{};
}

/// The nodes up to `last` through which a gradient reaches one of `wrt`.
std::vector<bool> carriers(const Graph& graph, Value last, const std::vector<Value>& wrt,
                           const StandIns& stand_ins) {
  std::vector<bool> carries(graph.size(), false);
  for (Value value : wrt) carries[index(value)] = true;
  for (uint32_t i = 0; i <= index(last); ++i) {
    carries[i] = carries[i] || std::ranges::any_of(receivers(graph, Value{i}, stand_ins),
                                                   [&](Value to) { return carries[index(to)]; });
  }
  return carries;
}

/// The gradients that have reached each value so far, in the order of their coming: from later readers first.
class Adjoints {
 public:
  Adjoints(Graph& graph, std::vector<bool> carries)
      : graph_(graph), carries_(std::move(carries)), terms_(carries_.size()) {}

  bool wants(Value value) const { return index(value) < carries_.size() && carries_[index(value)]; }
  void send(Value to, Value gradient) {
    if (wants(to)) terms_[index(to)].push_back(gradient);
  }
  /// Their sum, left to right; nothing if none came.
  std::optional<Value> sum(Value value) {
    std::optional<Value> total;
    for (Value term : terms_[index(value)]) total = total ? apply(graph_, Fn::add, {*total, term}) : term;
    return total;
  }

 private:
  Graph& graph_;
  std::vector<bool> carries_;
  std::vector<std::vector<Value>> terms_;
};

Value broadcast_back(Graph& graph, Value reduced, const Shape& shape, const std::vector<int>& axes) {
  return reindexed(graph, reduced, projection(rank_of(shape), other_axes(rank_of(shape), axes)), shape);
}

/// Ties share equally: each of n maxima gets 1/n of the gradient. If the maximum is NaN, no term lies below
/// it: all share.
Value spread_over_maxima(Graph& graph, Value in, Value out, Value gradient, const std::vector<int>& axes) {
  const Shape& shape = graph.shape(in);
  const Value is_less = apply(graph, Fn::lt, {in, broadcast_back(graph, out, shape, axes)});
  const Value marks = apply(
      graph, Fn::select, {is_less, constant(graph, 0, graph.type(in)), constant(graph, 1, graph.type(in))});
  const Value share = apply(graph, Fn::div, {gradient, summed(graph, marks, axes)});
  return apply(graph, Fn::mul, {marks, broadcast_back(graph, share, shape, axes)});
}

void send_slices(Graph& graph, const Node& concat, int axis, Value gradient, Adjoints& adjoints) {
  int64_t offset = 0;
  for (Value part : concat.operands) {
    const Shape& shape = graph.shape(part);
    if (adjoints.wants(part)) {
      adjoints.send(part, reindexed(graph, gradient, slice_map(rank_of(shape), axis, offset), shape));
    }
    offset += shape[axis];
  }
}

/// x * x gives x the gradient 2 dy * x, where 2 dy is small if dy is spread.
void send_through_square(Graph& graph, const Node& node, Value gradient, Adjoints& adjoints) {
  if (!adjoints.wants(node.operands[0])) return;
  const Value twice = apply(graph, Fn::add, {gradient, gradient});
  adjoints.send(node.operands[0], apply(graph, Fn::mul, {twice, node.operands[0]}));
}

/// Sends `gradient`, that of `node` (whose value is `out`), on to the operands.
void pull_back(Graph& graph, const Node& node, Value out, Value gradient, Adjoints& adjoints) {
  const auto send_node = [&](size_t operand, Op op, std::vector<Value> operands) {
    const Value to = node.operands[operand];
    if (!adjoints.wants(to)) return;
    const Type type = graph.type(to);
    adjoints.send(to, graph.add(std::move(op), std::move(operands), type));
  };
  std::visit(Overloaded{
                 [](const OneOf<Input, Param, Const, Iota, Random, Detach> auto&) {},
                 [&](const Map& map) {
                   if (map.fn == Fn::mul && node.operands[0] == node.operands[1])
                     return send_through_square(graph, node, gradient, adjoints);
                   const MapUse use{map.fn, node.operands, out, gradient};
                   for (size_t k = 0; k < node.operands.size(); ++k) {
                     if (!adjoints.wants(node.operands[k])) continue;
                     const std::optional<Value> term = pulled_back(graph, use, static_cast<int>(k));
                     if (term) adjoints.send(node.operands[k], *term);
                   }
                 },
                 [&](const Reindex& reindex) { send_node(0, Scatter{reindex.map}, {gradient}); },
                 [&](const Scatter& scatter) { send_node(0, Reindex{scatter.map}, {gradient}); },
                 [&](const Reduce& reduce) {
                   const Value in = node.operands[0];
                   const Shape& shape = graph.shape(in);
                   adjoints.send(in, reduce.fn == ReduceFn::add
                                         ? broadcast_back(graph, gradient, shape, reduce.axes)
                                         : spread_over_maxima(graph, in, out, gradient, reduce.axes));
                 },
                 [&](const Gather&) {
                   send_node(0, Deposit{}, {node.operands[1], gradient});
                 },
                 [&](const Deposit&) {
                   send_node(1, Gather{}, {gradient, node.operands[0]});
                 },
                 [&](const Concat& concat) { send_slices(graph, node, concat.axis, gradient, adjoints); },
                 [&](const Reshape&) { send_node(0, Reshape{}, {gradient}); },
                 [](const Contract&) {
                   check(false, "a contraction is recognised after autodiff, never differentiated");
                 },
             },
             node.op);
}

}  // namespace

std::vector<Value> gradients(Graph& graph, Value loss, const std::vector<Value>& wrt,
                             const StandIns& stand_ins) {
  const Type loss_type = graph.type(loss);
  if (loss_type != Type{DType::f32, {}})
    throw Error("grad: the loss is {}, not a scalar f32[]", to_string(loss_type));
  for (Value value : wrt) {
    if (graph.type(value).dtype != DType::f32) {
      throw Error("grad: no gradient with respect to {}", to_string(graph.type(value)));
    }
  }
  const uint32_t last = std::accumulate(wrt.begin(), wrt.end(), index(loss), [](uint32_t most, Value value) {
    return std::max(most, index(value));
  });
  Adjoints adjoints(graph, carriers(graph, loss, wrt, stand_ins));
  adjoints.send(loss, constant(graph, 1, loss_type));
  std::vector<std::optional<Value>> sums(last + 1);
  for (uint32_t i = index(loss) + 1; i-- > 0;) {
    if (!adjoints.wants(Value{i})) continue;
    sums[i] = adjoints.sum(Value{i});
    if (!sums[i]) continue;
    const auto stand_in = stand_ins.find(Value{i});
    if (stand_in != stand_ins.end()) adjoints.send(stand_in->second, *sums[i]);
    if (stand_in == stand_ins.end()) pull_back(graph, graph.nodes()[i], Value{i}, *sums[i], adjoints);
  }
  std::vector<Value> results;
  for (Value value : wrt) {
    const std::optional<Value>& sum = sums[index(value)];
    results.push_back(sum ? *sum : constant(graph, 0, graph.type(value)));
  }
  return results;
}

}  // namespace cgan_jit
