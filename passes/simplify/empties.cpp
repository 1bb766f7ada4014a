#include "passes/simplify/empties.h"

#include <algorithm>
#include <limits>

#include "passes/graph/build.h"

namespace cgan_jit {
namespace {

bool is_empty(const Graph& graph, Value value) { return element_count(graph.shape(value)) == 0; }

double of_no_terms(ReduceFn fn, DType dtype) {
  if (fn == ReduceFn::add) return 0;
  return dtype == DType::f32 ? -std::numeric_limits<double>::infinity()
                             : static_cast<double>(std::numeric_limits<int32_t>::min());
}

/// What every element is of a node that has no elements, or that reads none.
std::optional<double> splat_of_nothing(const Graph& graph, const Node& node,
                                       const std::vector<Value>& operands) {
  if (node.operands.empty()) return {};
  if (element_count(node.type.shape) == 0) return 0;
  const bool reads_nothing =
      std::any_of(operands.begin(), operands.end(), [&](Value v) { return is_empty(graph, v); });
  if (const auto* contract = as<Contract>(node)) {
    return reads_nothing || element_count(contract->summed) == 0 ? std::optional<double>(0) : std::nullopt;
  }
  if (!reads_nothing || as<Concat>(node)) return {};
  if (const auto* reduce = as<Reduce>(node)) return of_no_terms(reduce->fn, node.type.dtype);
  if (const auto* reindex = as<Reindex>(node)) return reindex->fill;
  return 0;  // a sum or a table without rows
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
    if (as<Concat>(node)) return without_empty_parts(out, node, std::move(operands));
    return out.add(node.op, std::move(operands), node.type, node.layout);
  });
}

}  // namespace cgan_jit
