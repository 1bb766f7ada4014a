#include "tests/support/random/growers.h"

#include <algorithm>

#include "passes/graph/build.h"

namespace cgan_jit::grow {

Value broadcast(Growth& g) {
  const Value a = g.any();
  Shape shape = g.shape_of(a);
  if (shape.size() >= 4) return a;
  const int axis = static_cast<int>(g.below(rank_of(shape) + 1));
  shape.insert(shape.begin() + axis, g.dim());
  if (!g.fits(shape)) return a;
  return g.read(a, projection(rank_of(shape), other_axes(rank_of(shape), {axis})), shape);
}

Value transposed(Growth& g) {
  const Value a = g.any_of_rank(2);
  const Shape from = g.shape_of(a);
  std::vector<int> order = other_axes(rank_of(from), {});
  const int64_t first = g.below(rank_of(from)), second = g.below(rank_of(from));
  std::swap(order[first], order[second]);
  Shape shape(from.size());
  for (size_t i = 0; i < from.size(); ++i) shape[order[i]] = from[i];
  return g.read(a, projection(rank_of(shape), order), shape);
}

Value sliced(Growth& g) {
  const Value a = g.any_of_rank(1);
  Shape shape = g.shape_of(a);
  const int axis = static_cast<int>(g.below(rank_of(shape)));
  if (shape[axis] == 0) return a;
  const int64_t extent = g.chance(5) ? 0 : 1 + g.below(shape[axis]);
  const int64_t offset = g.below(shape[axis] - extent + 1);
  shape[axis] = extent;
  if (!g.chance(30)) return g.read(a, slice_map(rank_of(shape), axis, offset), shape);
  // One coordinate, and its axis goes.
  IndexMap map = projection(rank_of(shape), other_axes(rank_of(shape), {}));
  map.results[axis] = Affine{offset, std::vector<int64_t>(shape.size(), 0)};
  shape.erase(shape.begin() + axis);
  for (Affine& result : map.results) result.coefficients.erase(result.coefficients.begin() + axis);
  --map.rank;
  return g.read(a, map, shape);
}

Value padded(Growth& g) {
  const Value a = g.any_of_rank(1);
  Shape shape = g.shape_of(a);
  const int axis = static_cast<int>(g.below(rank_of(shape)));
  const int64_t before = g.below(3);
  shape[axis] += before + g.below(3);
  if (!g.fits(shape)) return a;
  return g.read(a, slice_map(rank_of(shape), axis, -before), shape, g.chance(20) ? 1.5 : 0);
}

Value flipped(Growth& g) {
  const Value a = g.any_of_rank(1);
  const Shape shape = g.shape_of(a);
  const int axis = static_cast<int>(g.below(rank_of(shape)));
  IndexMap map = identity_map(rank_of(shape));
  map.results[axis].coefficients[axis] = -1;
  map.results[axis].offset = shape[axis] - 1;
  return g.read(a, map, shape);
}

Value strided(Growth& g) {
  const Value a = g.any_of_rank(1);
  Shape shape = g.shape_of(a);
  const int axis = static_cast<int>(g.below(rank_of(shape)));
  const int64_t step = 2 + g.below(2);
  shape[axis] = (shape[axis] + step - 1) / step;
  IndexMap map = identity_map(rank_of(shape));
  map.results[axis].coefficients[axis] = step;
  return g.read(a, map, shape);
}

/// [.., n, ..] -> [.., n - k + 1, .., k].
Value windows(Growth& g) {
  const Value a = g.any_of_rank(1);
  Shape shape = g.shape_of(a);
  const int axis = static_cast<int>(g.below(rank_of(shape)));
  if (shape[axis] == 0) return a;
  const int64_t size = std::min<int64_t>(shape[axis], 1 + g.below(3));
  shape[axis] -= size - 1;
  shape.push_back(size);
  if (shape.size() > 4 || !g.fits(shape)) return a;
  IndexMap map = projection(rank_of(shape), other_axes(rank_of(shape), {rank_of(shape) - 1}));
  map.results[axis].coefficients.back() = 1;
  return g.read(a, map, shape);
}

Value reshaped(Growth& g) {
  const Value a = g.any_of_rank(1);
  Shape shape = g.shape_of(a);
  const int axis = static_cast<int>(g.below(rank_of(shape)));
  if (g.chance(40) && axis > 0) {
    shape[axis] *= shape[axis - 1];
    shape.erase(shape.begin() + axis - 1);
  } else if (shape[axis] % 2 == 0 && g.chance(50)) {
    shape[axis] /= 2;
    shape.insert(shape.begin() + axis, 2);
  } else {
    shape.insert(shape.begin() + axis, 1);
  }
  if (shape.size() > 4) return a;
  return g.put(Reshape{}, {a}, Type{DType::f32, shape}, g.facts(a));
}

Value repeated_along(Growth& g, Value a, int axis, int64_t times) {
  Shape apart = g.shape_of(a), joined = apart;
  const int rank = rank_of(apart);
  apart.insert(apart.begin() + axis + 1, times);
  joined[axis] *= times;
  if (!g.fits(apart)) return a;
  const Value repeated = g.read(a, projection(rank + 1, other_axes(rank + 1, {axis + 1})), apart);
  return g.put(Reshape{}, {repeated}, Type{DType::f32, joined}, g.facts(a));
}

}  // namespace cgan_jit::grow
