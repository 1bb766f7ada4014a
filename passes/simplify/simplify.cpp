#include "passes/simplify/simplify.h"

#include "ir/overloaded.h"
#include "ir/standard_floats.h"
#include "passes/graph/build.h"
#include "passes/simplify/rules.h"

namespace cgan_jit {
namespace {

Graph simplified_nodes(const Graph& graph) { return rebuild(graph, simple); }

template <typename Step>
Graph to_fixed_point(Graph graph, Step&& step) {
  // A slice may move by one node a round.
  const size_t most_rounds = 1000 + graph.size();
  for (size_t round = 0; round < most_rounds; ++round) {
    Graph next = without_dead_nodes(step(graph));
    if (next == graph) return graph;
    graph = std::move(next);
  }
  check(false, "simplify finds no fixed point");
  return graph;
}

}  // namespace

// The op's own law, with the operands as they are now.
Value simple(Graph& graph, const Node& like, std::vector<Value> operands) {
  const auto as_it_is = [&] { return graph.add(like.op, operands, like.type, like.layout); };
  return std::visit(
      Overloaded{
          [&](const OneOf<Input, Param, Const, Iota, Random, Gather, Deposit, Contract> auto&) {
            return as_it_is();
          },
          [&](const Map& map) { return simple_map(graph, map.fn, operands); },
          [&](const Reindex& reindex) {
            return simple_reindex(graph, operands[0], reindex.map, like.type.shape, reindex.fill);
          },
          [&](const Scatter& scatter) {
            return simple_scatter(graph, operands[0], scatter.map, like.type.shape);
          },
          [&](const Reduce& reduce) { return simple_reduce(graph, reduce.fn, operands[0], reduce.axes); },
          [&](const Concat& concat) { return simple_concat(graph, operands, concat.axis); },
          [&](const Reshape&) { return simple_reshape(graph, operands[0], like.type.shape); },
          [&](const Detach&) { return operands[0]; },
      },
      like.op);
}

Graph simplify(const Graph& graph) {
  const StandardFloats standard;
  // The algebra sees plain sums and products first; what write_fma leaves may be simple in new ways.
  return to_fixed_point(without_dead_nodes(graph), [](const Graph& current) {
    return write_fma(
        to_fixed_point(current, [](const Graph& plain) { return move_slices(simplified_nodes(plain)); }));
  });
}

}  // namespace cgan_jit
