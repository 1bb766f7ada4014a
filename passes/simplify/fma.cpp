#include "passes/graph/build.h"
#include "passes/simplify/rules.h"

namespace cgan_jit {
namespace {

/// The factors of `value` if it is an f32 product.
const std::vector<Value>* factors_of(const Graph& graph, Value value) {
  const Node& node = graph[value];
  const auto* map = as<Map>(node);
  return map && map->fn == Fn::mul && node.type.dtype == DType::f32 ? &node.operands : nullptr;
}

Value negated(Graph& graph, Value value) { return simple_map(graph, Fn::neg, {value}); }

/// -(a * b) as a product: a factor that is cheap to negate is negated.
std::vector<Value> negated_product(Graph& graph, std::vector<Value> factors) {
  const bool second =
      splat_of(graph, factors[1]) || (as<Reindex>(graph[factors[1]]) && !splat_of(graph, factors[0]));
  Value& factor = factors[second ? 1 : 0];
  factor = negated(graph, factor);
  return factors;
}

}  // namespace

Graph write_fma(const Graph& graph) {
  const std::vector<int> uses = use_counts(graph);
  return rebuild(graph, [&](Graph& out, const Node& node, std::vector<Value> operands) {
    const auto* map = as<Map>(node);
    const bool is_sum = map && (map->fn == Fn::add || map->fn == Fn::sub);
    for (int k = 0; is_sum && k < 2; ++k) {
      const std::vector<Value>* found = factors_of(out, operands[k]);
      if (!found || uses[index(node.operands[k])] != 1) continue;
      std::vector<Value> factors = *found;
      Value addend = operands[1 - k];
      if (map->fn == Fn::sub && k == 0) addend = negated(out, addend);
      if (map->fn == Fn::sub && k == 1) factors = negated_product(out, std::move(factors));
      return simple_map(out, Fn::fma, {factors[0], factors[1], addend});
    }
    return simple(out, node, std::move(operands));
  });
}

}  // namespace cgan_jit
