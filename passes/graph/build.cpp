#include "passes/graph/build.h"

namespace cgan_jit {

Value constant(Graph& graph, double value, Type type) {
  const double exact = type.dtype == DType::f32 ? static_cast<double>(static_cast<float>(value)) : value;
  return graph.add(Const{exact}, {}, std::move(type));
}

Value apply(Graph& graph, Fn fn, std::vector<Value> operands) {
  std::vector<DType> dtypes;
  for (Value operand : operands) dtypes.push_back(graph.type(operand).dtype);
  const std::optional<DType> dtype = result_type(fn, dtypes);
  check(dtype.has_value(), "{} of operands whose types do not fit", name_of(fn));
  const Type type{*dtype, graph.shape(operands[0])};
  return graph.add(Map{fn}, std::move(operands), type);
}

Value reindexed(Graph& graph, Value in, IndexMap map, Shape shape, double fill) {
  const DType dtype = graph.type(in).dtype;
  return graph.add(Reindex{std::move(map), fill}, {in}, Type{dtype, std::move(shape)});
}

Value summed(Graph& graph, Value in, std::vector<int> axes) {
  const Type type = graph.type(in);
  const Order order = order_of(type.shape, axes);
  const Shape kept = extents_of(type.shape, other_axes(rank_of(type.shape), axes));
  return graph.add(Reduce{ReduceFn::add, std::move(axes), order}, {in}, Type{type.dtype, kept});
}

Graph without_dead_nodes(const Graph& graph) {
  return rebuild(graph, [](Graph& out, const Node& node, std::vector<Value> operands) {
    return out.add(node.op, std::move(operands), node.type, node.layout);
  });
}

Order order_of(const Shape& shape, const std::vector<int>& axes) {
  return !axes.empty() && shape[partial_axis(shape, axes)] >= 16 ? Order::lanes16 : Order::seq;
}

IndexMap slice_map(int rank, int axis, int64_t offset) {
  IndexMap map = identity_map(rank);
  map.results[axis].offset = offset;
  return map;
}

}  // namespace cgan_jit
