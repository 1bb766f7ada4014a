#include "passes/lower/magnitude.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace cgan_jit {
namespace {

double largest_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return std::numeric_limits<double>::infinity();
    case DType::i32:
      return 0x1p31;
    case DType::u32:
      return 0x1p32;
    case DType::u8:
      return 255;
    case DType::boolean:
      return 1;
  }
  throw InternalError("internal error: an element type out of range");
}

std::optional<double> splat(const Graph& graph, Value value) {
  const auto* constant = as<Const>(graph[value]);
  return constant ? std::optional(constant->value) : std::nullopt;
}

/// The bound on what the node can be, whatever its operands are.
double own_magnitude(const Graph& graph, const Node& node) {
  const double largest = largest_of(node.type.dtype);
  const auto* map = as<Map>(node);
  if (const auto* constant = as<Const>(node)) return std::abs(constant->value);
  if (!map) return largest;
  if (map->fn == Fn::shr && node.type.dtype == DType::u32) {
    const double amount = splat(graph, node.operands[1]).value_or(0);
    return largest / std::exp2(std::fmod(amount, 32));
  }
  const bool within_one = map->fn == Fn::tanh || map->fn == Fn::sigmoid || map->fn == Fn::sin ||
                          map->fn == Fn::cos || map->fn == Fn::sign;
  return within_one ? 1 : largest;
}

/// The operand of which |node| is at most `factor` times the magnitude.
struct Scaled {
  Value operand;
  double factor;
};
std::optional<Scaled> scaled_operand(const Graph& graph, const Node& node) {
  if (as<Reshape>(node) || as<Detach>(node)) return Scaled{node.operands[0], 1};
  if (const auto* reindex = as<Reindex>(node); reindex && reindex->fill == 0)
    return Scaled{node.operands[0], 1};
  const auto* map = as<Map>(node);
  if (!map) return {};
  const bool real = node.type.dtype == DType::f32,
             from_word = graph.type(node.operands[0]).dtype == DType::u32;
  if (map->fn == Fn::to_f32 || ((map->fn == Fn::neg || map->fn == Fn::abs) && real) ||
      ((map->fn == Fn::to_i32 || map->fn == Fn::as_i32) && from_word))
    return Scaled{node.operands[0], 1};
  if (map->fn != Fn::mul || !real) return {};
  constexpr double rounding = 1 + 0x1p-23;  // a product may be rounded up
  for (size_t k : {1, 0}) {
    if (const auto factor = splat(graph, node.operands[k]))
      return Scaled{node.operands[1 - k], std::abs(*factor) * rounding};
  }
  return {};
}

}  // namespace

double magnitude_of(const Graph& graph, Value value) {
  double factor = 1;
  for (;;) {
    const Node& node = graph[value];
    const auto scaled = scaled_operand(graph, node);
    if (!scaled) return factor * own_magnitude(graph, node);
    factor *= scaled->factor;
    value = scaled->operand;
  }
}

}  // namespace cgan_jit
