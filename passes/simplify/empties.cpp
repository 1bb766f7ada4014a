#include "passes/simplify/empties.h"

#include <algorithm>
#include <limits>

#include "ir/overloaded.h"
#include "passes/graph/build.h"
#include "passes/graph/traits.h"

namespace cgan_jit {
namespace {

bool is_empty(const Graph& graph, Value value) { return element_count(graph.shape(value)) == 0; }

double of_no_terms(ReduceFn fn, DType dtype) {
  if (fn == ReduceFn::add) return 0;
  return dtype == DType::f32 ? -std::numeric_limits<double>::infinity()
                             : static_cast<double>(std::numeric_limits<int32_t>::min());
}

/// What every element is of a node that has some and reads none; nothing for a concat, some part of which has
/// elements, and for what cannot be so.
std::optional<double> made_of_nothing(const Node& node) {
  using Splat = std::optional<double>;
  return std::visit(
      Overloaded{
          [&](const Reduce& op) { return Splat(of_no_terms(op.fn, node.type.dtype)); },
          [](const Reindex& op) { return Splat(op.fill); },
          [](const OneOf<Gather, Scatter, Deposit, Contract> auto&) { return Splat(0); },
          [](const OneOf<Input, Param, Const, Iota, Random, Map, Concat, Reshape, Detach> auto&) {
            return Splat();
          },
      },
      node.op);
}

/// What every element is of a node that has no elements, or that reads none.
std::optional<double> splat_of_nothing(const Graph& graph, const Node& node,
                                       const std::vector<Value>& operands) {
  if (node.operands.empty()) return {};
  if (element_count(node.type.shape) == 0) return 0;
  const Shape* summed = traits_of(node.op).summed;
  const bool reads_nothing =
      (summed && element_count(*summed) == 0) ||
      std::any_of(operands.begin(), operands.end(), [&](Value v) { return is_empty(graph, v); });
  return reads_nothing ? made_of_nothing(node) : std::nullopt;
}

Value without_empty_parts(Graph& out, const Node& node, std::vector<Value> parts) {
  std::erase_if(parts, [&](Value part) { return is_empty(out, part); });
  if (parts.size() == 1) return parts[0];
  return out.add(node.op, std::move(parts), node.type, node.layout);
}

}  // namespace

Graph without_empties(const Graph& graph) {
  return rebuild(graph, [](Graph& out, const Node& node, std::vector<Value> operands) {
    if (const auto splat = splat_of_nothing(out, node, operands))
      return out.add(Const{*splat}, {}, node.type, node.layout);
    if (is_assembled(node)) return without_empty_parts(out, node, std::move(operands));
    return out.add(node.op, std::move(operands), node.type, node.layout);
  });
}

}  // namespace cgan_jit
