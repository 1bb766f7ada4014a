#include <algorithm>
#include <cmath>

#include "ir/interpret.h"
#include "passes/graph/build.h"
#include "passes/graph/views.h"
#include "passes/simplify/rules.h"

namespace cgan_jit {

std::optional<double> splat_of(const Graph& graph, Value value) {
  const auto* splat = as<Const>(graph[value]);
  return splat ? std::optional(splat->value) : std::nullopt;
}

namespace {

/// 0 and -0 are two numbers, but for integers, which have one.
bool equals(const Graph& graph, Value value, double number) {
  const std::optional<double> splat = splat_of(graph, value);
  if (!splat) return false;
  return graph.type(value).dtype == DType::f32 ? same_number(*splat, number) : *splat == number;
}

/// The operands of `value` if it is that function.
const std::vector<Value>* operands_of(const Graph& graph, Value value, Fn fn) {
  const Node& node = graph[value];
  const auto* map = as<Map>(node);
  return map && map->fn == fn ? &node.operands : nullptr;
}

/// fn of constants, computed as the program would compute it. What is not finite stays in the graph.
std::optional<Value> folded(Graph& graph, Fn fn, const std::vector<Value>& operands) {
  Graph scalars;
  std::vector<Value> splats;
  for (Value operand : operands) {
    const std::optional<double> splat = splat_of(graph, operand);
    if (!splat) return {};
    splats.push_back(constant(scalars, *splat, Type{graph.type(operand).dtype, {}}));
  }
  const Value result = apply(scalars, fn, splats);
  scalars.add_output("result", result);
  const Elements<float> elements = interpret<float>(scalars, {}).at("result");
  const double value = elements.reals.empty() ? static_cast<double>(elements.ints.at(0)) : elements.reals[0];
  if (!std::isfinite(value)) return {};
  return constant(graph, value, Type{elements.type.dtype, graph.shape(operands[0])});
}

bool is_commutative(Fn fn) {
  return fn == Fn::add || fn == Fn::mul || fn == Fn::fma || fn == Fn::bit_and || fn == Fn::bit_or ||
         fn == Fn::bit_xor;
}

/// The value of which `value` is a view that shows nothing else, or only a fill that is not -0.
Value behind_views(const Graph& graph, Value value) {
  while (true) {
    const Node& node = graph[value];
    const auto* reindex = as<Reindex>(node);
    const bool is_view = as<Reshape>(node) || (reindex && !same_number(reindex->fill, -0.0));
    if (!is_view) return value;
    value = node.operands[0];
  }
}

/// Sums start at 0, and 0 + -0 is 0.
bool is_sum(const Node& node) {
  const auto* reduce = as<Reduce>(node);
  return as<Scatter>(node) || as<Deposit>(node) || (reduce && reduce->fn == ReduceFn::add);
}

bool is_constant_but_minus_zero(const Node& node) {
  const auto* splat = as<Const>(node);
  return splat && !same_number(splat->value, -0.0);
}

/// True if no element can be -0, for what is no concat.
bool is_part_never_minus_zero(const Graph& graph, Value value) {
  const Node& node = graph[behind_views(graph, value)];
  if (is_sum(node) || is_constant_but_minus_zero(node)) return true;
  const auto* map = as<Map>(node);
  if (!map) return false;
  const auto positive = {Fn::abs, Fn::exp, Fn::sigmoid, Fn::to_f32};
  if (std::find(positive.begin(), positive.end(), map->fn) != positive.end()) return true;
  if (map->fn == Fn::mul) return node.operands[0] == node.operands[1];
  return map->fn == Fn::add && std::any_of(node.operands.begin(), node.operands.end(), [&](Value operand) {
           const Node& term = graph[behind_views(graph, operand)];
           return is_sum(term) || is_constant_but_minus_zero(term);
         });
}

/// True if no element can be -0.
bool is_never_minus_zero(const Graph& graph, Value value) {
  const Value source = behind_views(graph, value);
  if (!as<Concat>(graph[source])) return is_part_never_minus_zero(graph, source);
  const std::vector<Value>& parts = graph[source].operands;
  return std::all_of(parts.begin(), parts.end(),
                     [&](Value part) { return is_part_never_minus_zero(graph, part); });
}

/// x op y where one operand says what the result is.
std::optional<Value> binary_identity(Graph& graph, Fn fn, Value a, Value b) {
  const bool real = graph.type(a).dtype == DType::f32;
  const auto is = [&](Value value, double number) { return equals(graph, value, number); };
  const auto* minus_a = operands_of(graph, a, Fn::neg);
  const auto* minus_b = operands_of(graph, b, Fn::neg);
  if (fn == Fn::add && is(b, -0.0)) return a;
  if (fn == Fn::add && is(b, 0) && (!real || is_never_minus_zero(graph, a))) return a;
  if (fn == Fn::add && minus_b) return simple_map(graph, Fn::sub, {a, (*minus_b)[0]});
  if (fn == Fn::add && minus_a) return simple_map(graph, Fn::sub, {b, (*minus_a)[0]});
  if (fn == Fn::sub && is(b, 0)) return a;
  if (fn == Fn::sub && is(a, -0.0)) return simple_map(graph, Fn::neg, {b});
  if (fn == Fn::sub && minus_b) return simple_map(graph, Fn::add, {a, (*minus_b)[0]});
  if (fn == Fn::mul && is(b, 1)) return a;
  if (fn == Fn::mul && is(b, -1)) return simple_map(graph, Fn::neg, {a});
  if (fn == Fn::mul && !real && is(b, 0)) return b;  // not for reals: 0 * nan is nan
  if (fn == Fn::div && is(b, 1)) return a;
  if ((fn == Fn::shl || fn == Fn::shr) && is(b, 0)) return a;
  if ((fn == Fn::min || fn == Fn::max || fn == Fn::bit_and || fn == Fn::bit_or) && a == b) return a;
  return {};
}

/// x + x = x * 2.
std::optional<Value> equal_terms(Graph& graph, Fn fn, Value a, Value b) {
  if (fn != Fn::add || a != b) return {};
  return simple_map(graph, Fn::mul, {a, constant(graph, 2, graph.type(a))});
}

/// The operand of a product that costs less to negate than the product: a constant, or a value that is
/// spread.
std::optional<size_t> small_factor(const Graph& graph, const std::vector<Value>& factors) {
  for (size_t k : {1, 0}) {
    if (splat_of(graph, factors[k])) return k;
  }
  for (size_t k : {1, 0}) {
    const Node& node = graph[factors[k]];
    if (!as<Reindex>(node)) continue;
    const Shape& source = graph.shape(node.operands[0]);
    const bool reads_inside = in_bounds(as<Reindex>(node)->map, node.type.shape, source);
    if (reads_inside && element_count(source) < element_count(node.type.shape)) return k;
  }
  return {};
}

/// -(a * b) as a product whose small factor is negated.
std::optional<Value> negated_product(Graph& graph, Value product) {
  const auto* found = operands_of(graph, product, Fn::mul);
  if (!found || graph.type(product).dtype != DType::f32) return {};
  std::vector<Value> factors = *found;
  const auto small = small_factor(graph, factors);
  if (!small) return {};
  factors[*small] = simple_map(graph, Fn::neg, {factors[*small]});
  return simple_map(graph, Fn::mul, factors);
}

bool is_power_of_two(double value) {
  int exponent = 0;
  return std::abs(std::frexp(value, &exponent)) == 0.5 && std::abs(exponent) < 100;
}

/// x / a = x * (1 / a) where 1 / a is exact, and a constant takes in the sign of what it multiplies. Two
/// constants do not become one: x * a may overflow or vanish where x * (a * b) does not, and the other way
/// round.
std::optional<Value> constant_factor(Graph& graph, Fn fn, Value a, Value b) {
  const std::optional<double> factor = splat_of(graph, b);
  if (!factor || graph.type(a).dtype != DType::f32) return {};
  if (fn == Fn::div && is_power_of_two(*factor)) {
    return simple_map(graph, Fn::mul, {a, constant(graph, 1 / *factor, graph.type(a))});
  }
  if (fn != Fn::mul) return {};
  const auto* minus = operands_of(graph, a, Fn::neg);
  if (!minus) return {};
  return simple_map(graph, Fn::mul, {(*minus)[0], constant(graph, -*factor, graph.type(a))});
}

std::optional<Value> select_identity(Graph& graph, const std::vector<Value>& operands) {
  if (operands[1] == operands[2]) return operands[1];
  if (const auto condition = splat_of(graph, operands[0])) return operands[*condition != 0 ? 1 : 2];
  if (const auto* inverted = operands_of(graph, operands[0], Fn::bit_not)) {
    return simple_map(graph, Fn::select, {(*inverted)[0], operands[2], operands[1]});
  }
  return {};
}

std::optional<Value> fma_identity(Graph& graph, const std::vector<Value>& operands) {
  if (equals(graph, operands[1], 1)) return simple_map(graph, Fn::add, {operands[0], operands[2]});
  if (equals(graph, operands[2], -0.0)) return simple_map(graph, Fn::mul, {operands[0], operands[1]});
  return {};
}

/// |-x| = |x| = ||x||; but u32, which has no sign, wraps -x.
std::optional<Value> absolute(Graph& graph, Value a) {
  const auto* minus = operands_of(graph, a, Fn::neg);
  if (minus && graph.type(a).dtype != DType::u32) return simple_map(graph, Fn::abs, *minus);
  return operands_of(graph, a, Fn::abs) ? std::optional(a) : std::nullopt;
}

/// f(f(x)) = x, and casts to the type that is there already.
std::optional<Value> unary_identity(Graph& graph, Fn fn, Value a) {
  if (fn == Fn::abs) return absolute(graph, a);
  if (fn == Fn::neg || fn == Fn::bit_not) {
    if (const auto* inner = operands_of(graph, a, fn)) return (*inner)[0];
  }
  if (fn == Fn::neg) return negated_product(graph, a);
  const bool changes_type = signature_of(fn) >= Signature::to_f32;
  if (changes_type && result_type(fn, {graph.type(a).dtype}) == graph.type(a).dtype) return a;
  return {};
}

std::optional<Value> identity(Graph& graph, Fn fn, const std::vector<Value>& operands) {
  if (fn == Fn::select) return select_identity(graph, operands);
  if (fn == Fn::fma) return fma_identity(graph, operands);
  if (operands.size() == 1) return unary_identity(graph, fn, operands[0]);
  if (const auto same = binary_identity(graph, fn, operands[0], operands[1])) return same;
  if (const auto doubled = equal_terms(graph, fn, operands[0], operands[1])) return doubled;
  return constant_factor(graph, fn, operands[0], operands[1]);
}

/// The axes that some operand depends on, increasing; all of them if an operand is no view.
std::vector<int> axes_needed(const Graph& graph, const std::vector<Value>& operands) {
  const Shape& shape = graph.shape(operands[0]);
  std::vector<bool> needed(shape.size(), false);
  for (Value operand : operands) {
    const Node& node = graph[operand];
    if (as<Const>(node)) continue;
    const auto* reindex = as<Reindex>(node);
    if (!reindex || !in_bounds(reindex->map, shape, graph.shape(node.operands[0])))
      return other_axes(rank_of(shape), {});
    for (int axis : used_axes(reindex->map)) needed[axis] = true;
  }
  std::vector<int> axes;
  for (int axis = 0; axis < rank_of(shape); ++axis) {
    if (needed[axis]) axes.push_back(axis);
  }
  return axes;
}

/// What depends on some axes only is computed on those and spread over the others.
std::optional<Value> spread(Graph& graph, Fn fn, const std::vector<Value>& operands) {
  const Shape& shape = graph.shape(operands[0]);
  const std::vector<int> axes = axes_needed(graph, operands);
  if (axes.size() == shape.size()) return {};
  const Shape small = extents_of(shape, axes);
  std::vector<Value> narrow;
  for (Value operand : operands) {
    const Node& node = graph[operand];
    const auto* splat = as<Const>(node);
    narrow.push_back(
        splat ? constant(graph, splat->value, Type{node.type.dtype, small})
              : simple_reindex(graph, node.operands[0], restricted(as<Reindex>(node)->map, axes), small));
  }
  return simple_reindex(graph, simple_map(graph, fn, narrow), projection(rank_of(shape), axes), shape);
}

}  // namespace

Value simple_map(Graph& graph, Fn fn, std::vector<Value> operands) {
  if (const auto value = folded(graph, fn, operands)) return *value;
  const auto is_splat = [&](size_t k) { return splat_of(graph, operands[k]).has_value(); };
  if (is_commutative(fn) && is_splat(0) && !is_splat(1)) std::swap(operands[0], operands[1]);
  if (const auto value = identity(graph, fn, operands)) return *value;
  if (const auto value = spread(graph, fn, operands)) return *value;
  return apply(graph, fn, std::move(operands));
}

}  // namespace cgan_jit
