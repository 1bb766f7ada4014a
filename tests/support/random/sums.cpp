#include "tests/support/random/growers.h"

#include <algorithm>
#include <cmath>

namespace cgan_jit::grow {

Value scattered(Growth& g) {
  const Value a = g.tame(g.any_of_rank(1));
  const Shape from = g.shape_of(a);
  const int rank = rank_of(from);
  Shape domain;  // where coordinates are looked at
  for (int64_t extent : from) domain.push_back(std::max<int64_t>(extent, 1));
  IndexMap map{rank, {}};
  Shape shape;
  for (int i = 0; i <= static_cast<int>(g.below(rank + 1)) && i < 3; ++i) {
    Affine coordinate{g.below(3) - 1, std::vector<int64_t>(rank, 0)};
    for (int axis = 0; axis < rank; ++axis) {
      if (g.chance(50)) coordinate.coefficients[axis] = g.one_of<int64_t>({1, 1, 1, 2, -1});
    }
    coordinate.offset = std::max(coordinate.offset, coordinate.offset - coordinate.range(domain).second);
    const auto [low, high] = coordinate.range(domain);
    map.results.push_back(coordinate);
    shape.push_back(high + 1 - (high > std::max<int64_t>(low, 0) ? g.below(2) : 0));
  }
  if (!g.fits(shape)) return a;
  const double terms = static_cast<double>(element_count(domain));
  return g.tame(g.put(Scatter{map}, {a}, Type{DType::f32, shape}, {g.facts(a).bound * terms, false}));
}

Value reduced(Growth& g) {
  const Value a = g.tame(g.any_of_rank(1));
  const Shape from = g.shape_of(a);
  std::vector<int> axes;
  for (int axis = 0; axis < rank_of(from); ++axis) {
    if (g.chance(50)) axes.push_back(axis);
  }
  if (axes.empty()) axes.push_back(rank_of(from) - 1);
  const Type type{DType::f32, extents_of(from, other_axes(rank_of(from), axes))};
  const Order order = g.one_of<Order>({Order::seq, Order::lanes16});
  const double terms = static_cast<double>(element_count(extents_of(from, axes)));
  if (g.chance(30)) {
    const Value most = g.put(Reduce{ReduceFn::max, axes, order}, {a}, type, g.facts(a));
    if (terms > 0) return most;
    return g.map(Fn::max, {most, g.number(0, type)}, {0, true});  // minus infinity goes no further
  }
  return g.tame(g.put(Reduce{ReduceFn::add, axes, order}, {a}, type, {g.facts(a).bound * terms, false}));
}

/// Over the first axis, as BatchNorm does: (x - mean) / sqrt(variance + 1), with a power of two for the
/// number of terms.
Value normalised(Growth& g) {
  const Value a = g.tame(g.any_of_rank(2));
  const Type type = g.type(a);
  const int rank = rank_of(type.shape);
  const Type small{DType::f32, Shape(type.shape.begin() + 1, type.shape.end())};
  const IndexMap back = projection(rank, other_axes(rank, {0}));
  const double bound = g.facts(a).bound;
  if (type.shape[0] == 0) return a;
  const Value share = g.number(std::exp2(-std::round(std::log2(type.shape[0]))), small);
  const Value sum = g.put(Reduce{ReduceFn::add, {0}}, {a}, small, {0, false});
  const Value mean = g.map(Fn::mul, {sum, share}, {bound, false});
  const Value centred = g.map(Fn::sub, {a, g.read(mean, back, type.shape)}, {2 * bound, false});
  const Value square = g.map(Fn::mul, {centred, centred}, {4 * bound * bound, false});
  const Value variance =
      g.map(Fn::mul, {g.put(Reduce{ReduceFn::add, {0}}, {square}, small, {0, false}), share}, {0, false});
  const Value deviation =
      g.map(Fn::sqrt, {g.map(Fn::add, {variance, g.number(1, small)}, {0, false})}, {2 * bound, false});
  return g.map(Fn::div, {centred, g.read(deviation, back, type.shape)}, {2 * bound, false});
}

}  // namespace cgan_jit::grow
