#include "tests/support/exact.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "ir/overloaded.h"
#include "passes/graph/build.h"
#include "tests/support/random_graph.h"

namespace cgan_jit {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// What stands for a function that rounds; all others for themselves.
Value without_rounding(Graph& graph, Fn fn, const std::vector<Value>& operands) {
  switch (fn) {
    case Fn::tanh:
    case Fn::sigmoid:
    case Fn::sin:
    case Fn::cos:
    case Fn::erf:
    case Fn::expm1:
    case Fn::log1p:
      return apply(graph, Fn::sign, {operands[0]});
    case Fn::exp:
    case Fn::log:
    case Fn::sqrt:
      return apply(graph, Fn::abs, {operands[0]});
    case Fn::pow:
      return apply(graph, Fn::abs, {operands[0]});
    case Fn::div:
      return apply(graph, Fn::mul, {operands[0], apply(graph, Fn::sign, {operands[1]})});
    case Fn::neg:
    case Fn::abs:
    case Fn::sign:
    case Fn::floor:
    case Fn::round:
    case Fn::add:
    case Fn::sub:
    case Fn::mul:
    case Fn::max:
    case Fn::min:
    case Fn::leaky_relu:
    case Fn::fma:
    case Fn::lt:
    case Fn::le:
    case Fn::eq:
    case Fn::ne:
    case Fn::bit_and:
    case Fn::bit_or:
    case Fn::bit_xor:
    case Fn::bit_not:
    case Fn::shl:
    case Fn::shr:
    case Fn::select:
    case Fn::to_f32:
    case Fn::to_i32:
    case Fn::to_u32:
    case Fn::to_u8:
    case Fn::to_bool:
    case Fn::as_f32:
    case Fn::as_i32:
    case Fn::as_u32:
      return apply(graph, fn, operands);
  }
  throw InternalError("internal error: no such function");
}

class ExactRewriter {
 public:
  explicit ExactRewriter(uint64_t seed) : random_(seed) {}

  Value operator()(Graph& out, const Node& node, std::vector<Value> operands) {
    if (const auto* map = as<Map>(node)) return without_rounding(out, map->fn, operands);
    if (as<Const>(node)) return out.add(Const{constant_like(node)}, {}, node.type);
    if (const auto* reindex = as<Reindex>(node); reindex && node.type.dtype == DType::f32) {
      const double fill = one_in(8) ? one_of({-0.0, infinity, -1}) : reindex->fill;
      return out.add(Reindex{reindex->map, fill}, std::move(operands), node.type);
    }
    // Of zeros with both signs, either is the maximum.
    if (const auto* reduce = as<Reduce>(node); reduce && reduce->fn == ReduceFn::max)
      operands[0] = apply(out, Fn::add, {operands[0], constant(out, 0, out.type(operands[0]))});
    return out.add(node.op, std::move(operands), node.type);
  }

 private:
  bool one_in(uint64_t n) { return random_() % n == 0; }
  double one_of(const std::vector<double>& numbers) { return numbers[random_() % numbers.size()]; }

  double constant_like(const Node& node) {
    const double value = as<Const>(node)->value;
    // Random words keep two bits.
    if (node.type.dtype == DType::u32 && value == 8) return 30;
    if (node.type.dtype != DType::f32) return value;
    if (one_in(3)) return one_of({0, -0.0, 1, -1, 2, 0.5, -3});
    return std::abs(value) < 0.25 && value != 0 ? 1 : value;
  }

  std::mt19937_64 random_;
};

/// The finite numbers of a value, or of the terms that it is a sum of: none is larger than `most`, all are
/// multiples of `unit` (infinite if there are only zeros).
struct Grid {
  double most = 0, unit = infinity;
  bool rounded = false;  // a product that is not exact is among them
};

Grid both(const Grid& a, const Grid& b) {
  return {std::max(a.most, b.most), std::min(a.unit, b.unit), a.rounded || b.rounded};
}

/// The largest power of two of which `value` is a multiple.
double unit_of(double value) {
  int exponent = 0;
  const auto digits = static_cast<int64_t>(std::ldexp(std::frexp(value, &exponent), 53));
  return std::ldexp(static_cast<double>(digits & -digits), exponent - 53);
}

Grid grid_of(const Elements<float>& elements) {
  Grid grid;
  for (double value : elements.reals) {
    if (value == 0 || !std::isfinite(value)) continue;
    grid = both(grid, {std::abs(value), unit_of(value)});
  }
  return grid;
}

bool is_exact_sum(const Grid& terms) {
  const bool fits = terms.most == 0 || (terms.most / terms.unit <= 0x1p24 && terms.most < 0x1p127);
  return fits && !terms.rounded;
}

bool is_exact_product(const Grid& a, const Grid& b) {
  if (a.most == 0 || b.most == 0) return true;
  const double most = a.most * b.most, unit = a.unit * b.unit;
  return most / unit <= 0x1p24 && most < 0x1p127 && unit >= 0x1p-149;
}

/// The grids of a graph's values, in a run.
class Grids {
 public:
  Grids(const Graph& graph, const Environment<float>& environment)
      : graph_(graph), values_(interpret_all(graph, environment)), grids_(graph.size()) {}

  bool all_sums_are_exact() {
    for (uint32_t i = 0; i < graph_.size(); ++i) {
      if (graph_.nodes()[i].type.dtype != DType::f32) continue;
      const std::optional<Grid> found = grid(graph_.nodes()[i], values_[i]);
      if (!found) return false;
      grids_[i] = *found;
    }
    return true;
  }

 private:
  const Grid& operand(const Node& node, size_t k) const { return grids_[index(node.operands[k])]; }

  static std::optional<Grid> sum(Grid terms, double count) {
    terms.most *= count;
    return is_exact_sum(terms) ? std::optional(terms) : std::nullopt;
  }
  static std::optional<Grid> sum(const Grid& a, const Grid& b) {
    Grid terms = both(a, b);
    terms.most = a.most + b.most;
    return sum(terms, 1);
  }

  /// Of a value that is one of its operands' everywhere.
  Grid chosen(const Node& node) const {
    Grid grid;
    for (size_t k = 0; k < node.operands.size(); ++k) grid = both(grid, operand(node, k));
    if (const auto* reindex = as<Reindex>(node);
        reindex && reindex->fill != 0 && std::isfinite(reindex->fill))
      grid = both(grid, {std::abs(reindex->fill), unit_of(reindex->fill)});
    return grid;
  }

  std::optional<Grid> map(const Node& node, Fn fn, const Elements<float>& value) const {
    if (fn == Fn::add || fn == Fn::sub) return sum(operand(node, 0), operand(node, 1));
    if (fn == Fn::neg || fn == Fn::select || fn == Fn::max || fn == Fn::min) return chosen(node);
    if (fn != Fn::mul && fn != Fn::fma) return grid_of(value);
    const Grid &a = operand(node, 0), &b = operand(node, 1);
    const bool exact = is_exact_product(a, b) && !a.rounded && !b.rounded;
    if (fn == Fn::fma) return sum({a.most * b.most, a.unit * b.unit, !exact}, operand(node, 2));
    Grid product = grid_of(value);
    product.rounded = !exact;
    return product;
  }

  std::optional<Grid> grid(const Node& node, const Elements<float>& value) const {
    using Found = std::optional<Grid>;
    const auto count = [](const Shape& shape) { return static_cast<double>(element_count(shape)); };
    return std::visit(
        Overloaded{
            [&](const Map& op) { return map(node, op.fn, value); },
            [&](const OneOf<Reindex, Reshape, Concat, Detach, Gather> auto&) { return Found(chosen(node)); },
            [&](const Reduce& op) {
              const Shape& shape = graph_.shape(node.operands[0]);
              return op.fn == ReduceFn::max ? Found(chosen(node))
                                            : sum(operand(node, 0), count(extents_of(shape, op.axes)));
            },
            [&](const Scatter&) { return sum(operand(node, 0), count(graph_.shape(node.operands[0]))); },
            [&](const Deposit&) { return sum(operand(node, 1), count(graph_.shape(node.operands[0]))); },
            [&](const OneOf<Input, Param, Const, Iota, Random, Contract> auto&) {
              return Found(grid_of(value));
            },
        },
        node.op);
  }

  const Graph& graph_;
  const std::vector<Elements<float>> values_;
  std::vector<Grid> grids_;
};

}  // namespace

Graph exact_graph(uint64_t seed) { return rebuild(random_graph(seed), ExactRewriter(seed)); }

bool adds_exactly(const Graph& graph, const Environment<float>& environment) {
  return Grids(graph, environment).all_sums_are_exact();
}

}  // namespace cgan_jit
