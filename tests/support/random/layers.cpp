#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "passes/graph/build.h"
#include "tests/support/random/growers.h"

namespace cgan_jit::grow {

namespace {

int random_axis(Growth& g, Value value) { return static_cast<int>(g.below(rank_of(g.shape_of(value)))); }

/// What is reduced over `axis`, as it meets `shape` again.
Value spread_along(Growth& g, Value reduced, int axis, const Shape& shape) {
  return g.read(reduced, projection(rank_of(shape), other_axes(rank_of(shape), {axis})), shape);
}

Value reduce_along(Growth& g, ReduceFn fn, Value in, int axis, Facts facts) {
  const Type type = g.type(in);
  const Shape shape = extents_of(type.shape, other_axes(rank_of(type.shape), {axis}));
  const Order order = g.one_of<Order>({Order::seq, Order::lanes16});
  return g.put(Reduce{fn, {axis}, order}, {in}, Type{type.dtype, shape}, facts);
}

Value coordinate(Growth& g, int axis, const Shape& shape) {
  return g.put(Iota{axis}, {}, Type{DType::i32, shape}, {130, true});
}

/// A window along an axis: `size` elements, `dilation` apart, from `padding` before the first on.
struct Window {
  int64_t size, stride, dilation, padding;
  int64_t positions(int64_t extent) const {
    return (extent + 2 * padding - dilation * (size - 1) - 1) / stride + 1;
  }
};

Window random_window(Growth& g, int64_t extent) {
  Window window{1 + g.below(3), 1 + g.below(3), 1 + g.below(2), 0};
  window.padding = g.below(window.size / 2 + 1);
  if (window.dilation * (window.size - 1) >= extent + 2 * window.padding) window.dilation = window.size = 1;
  return window;
}

/// [.., n, ..] -> [.., positions, .., size]: the windows of axis `axis`, beyond the value `fill`.
Value windows_of(Growth& g, Value a, int axis, const Window& window, double fill) {
  Shape shape = g.shape_of(a);
  const int rank = rank_of(shape) + 1;
  shape[axis] = window.positions(shape[axis]);
  shape.push_back(window.size);
  if (!g.fits(shape)) return a;
  IndexMap map = projection(rank, other_axes(rank, {rank - 1}));
  map.results[axis].offset = -window.padding;
  map.results[axis].coefficients[axis] = window.stride;
  map.results[axis].coefficients[rank - 1] = window.dilation;
  return g.read(a, map, shape, fill);
}

}  // namespace

/// Sums or maxima of windows along the last axis or the last two, infinity in the padding of maxima.
Value pooled(Growth& g) {
  const Value a = g.tame(g.any_of_rank(1));
  const bool maxima = g.chance(60);
  const int rank = rank_of(g.shape_of(a)), count = rank > 1 && g.chance(50) ? 2 : 1;
  if (element_count(g.shape_of(a)) == 0) return a;
  Value seen = a;
  std::vector<int> axes;
  for (int i = 0; i < count; ++i) {
    const int axis = rank - count + i;
    const Window window = random_window(g, g.shape_of(a)[axis]);
    const double fill = maxima ? -std::numeric_limits<double>::infinity() : 0;
    const Value more = windows_of(g, seen, axis, window, fill);
    if (more == seen) return a;
    seen = more;
    axes.push_back(rank + i);
  }
  const Type type{DType::f32, extents_of(g.shape_of(seen), other_axes(rank + count, axes))};
  const Facts known = g.facts(a);
  if (!maxima) return g.tame(g.put(Reduce{ReduceFn::add, axes}, {seen}, type, {known.bound * 9, false}));
  // A window may see nothing but padding.
  const Value most = g.put(Reduce{ReduceFn::max, axes}, {seen}, type, known);
  return g.map(Fn::max, {most, g.number(-64, type)}, {std::max(known.bound, 64.0), known.exact});
}

/// Along an axis where the first of the largest numbers is, or that number, told by its place.
Value first_maximum(Growth& g) {
  const Value a = g.exact_of_shape(g.shape_of(g.any_of_rank(1)));
  const Shape shape = g.shape_of(a);
  if (shape.empty() || element_count(shape) == 0) return a;
  const int axis = random_axis(g, a);
  const double last = static_cast<double>(shape[axis] - 1);
  const Value most = reduce_along(g, ReduceFn::max, a, axis, g.facts(a));
  const Value hit = g.map(Fn::le, {spread_along(g, most, axis, shape), a}, {1, true});
  const Type ints{DType::i32, shape};
  const Value behind =
      g.map(Fn::sub, {g.put(Const{last}, {}, ints, {last, true}), coordinate(g, axis, shape)}, {last, true});
  const Value zero = g.put(Const{0}, {}, ints, {0, true});
  const Value first = reduce_along(g, ReduceFn::max, g.map(Fn::select, {hit, behind, zero}, {last, true}),
                                   axis, {last, true});
  if (g.chance(40)) return g.map(Fn::to_f32, {first}, {last, true});
  const Value chosen = g.map(Fn::eq, {behind, spread_along(g, first, axis, shape)}, {1, true});
  const Value alone = g.map(Fn::select, {chosen, a, g.number(0, g.type(a))}, g.facts(a));
  return reduce_along(g, ReduceFn::add, alone, axis, {g.facts(a).bound, false});
}

/// softmax along an axis; what lies above the diagonal of the last two may be hidden by infinity.
Value softmaxed(Growth& g) {
  Value a = g.tame(g.any_of_rank(1));
  const Type type = g.type(a);
  const int rank = rank_of(type.shape);
  if (element_count(type.shape) == 0) return a;
  const bool masked = rank >= 2 && g.chance(40);
  const int axis = masked ? rank - 1 : random_axis(g, a);
  if (masked) {
    const Value seen =
        g.map(Fn::le, {coordinate(g, rank - 1, type.shape), coordinate(g, rank - 2, type.shape)}, {1, true});
    const Value hidden = g.number(g.one_of<double>({-32, -std::numeric_limits<double>::infinity()}), type);
    a = g.map(Fn::select, {seen, a, hidden}, {32, false});
  }
  const Value most = reduce_along(g, ReduceFn::max, a, axis, {32, false});
  const Value fixed = g.put(Detach{}, {most}, g.type(most), {32, false});
  const Value below = g.map(Fn::sub, {a, spread_along(g, fixed, axis, type.shape)}, {64, false});
  const Value powers = g.map(Fn::exp, {below}, {1, false});
  const double terms = static_cast<double>(type.shape[axis]);
  const Value total = reduce_along(g, ReduceFn::add, powers, axis, {terms, false});
  return g.map(Fn::div, {powers, spread_along(g, total, axis, type.shape)}, {1, false});
}

/// x / sqrt(mean of its squares + 1) along an axis, with a power of two for the count.
Value normalised_along(Growth& g) {
  const Value a = g.tame(g.any_of_rank(1));
  const Shape shape = g.shape_of(a);
  if (element_count(shape) == 0) return a;
  const int axis = random_axis(g, a);
  const double bound = g.facts(a).bound;
  const Value square = g.map(Fn::mul, {a, a}, {bound * bound, false});
  const Value sum = reduce_along(g, ReduceFn::add, square, axis, {0, false});
  const Type small = g.type(sum);
  const double share = std::exp2(-std::round(std::log2(static_cast<double>(shape[axis]))));
  const Value mean = g.map(Fn::mul, {sum, g.number(share, small)}, {0, false});
  const Value root =
      g.map(Fn::sqrt, {g.map(Fn::add, {mean, g.number(1, small)}, {0, false})}, {2 * bound + 1, false});
  const Value inverse = g.map(Fn::div, {g.number(1, small), root}, {1, false});
  return g.map(Fn::mul, {a, spread_along(g, inverse, axis, shape)}, {bound, false});
}

/// The sum of all up to each, by sums of 2, 4, 8, ...
Value cumulated(Growth& g) {
  const Value a = g.tame(g.any_of_rank(1));
  const Shape shape = g.shape_of(a);
  const int rank = rank_of(shape), axis = random_axis(g, a);
  Value so_far = a;
  for (int64_t reach = 1; reach < shape[axis]; reach *= 2) {
    const Value earlier = g.read(so_far, slice_map(rank, axis, -reach), shape);
    so_far = g.map(Fn::add, {so_far, earlier}, {2 * g.facts(so_far).bound, false});
  }
  return g.tame(so_far);
}

/// Each element along an axis two or three times, mixed with its neighbour, or not.
Value upsampled(Growth& g) {
  const Value a = g.tame(g.any_of_rank(1));
  Shape apart = g.shape_of(a);
  const int rank = rank_of(apart), axis = random_axis(g, a);
  const int64_t times = 2 + g.below(2);
  apart.insert(apart.begin() + axis + 1, times);
  if (!g.fits(apart)) return a;
  if (g.chance(50)) return repeated_along(g, a, axis, times);
  const Value repeated = g.read(a, projection(rank + 1, other_axes(rank + 1, {axis + 1})), apart);
  Shape joined = g.shape_of(a);
  joined[axis] *= times;
  const Value share = g.map(
      Fn::mul,
      {g.map(Fn::to_f32, {coordinate(g, axis + 1, apart)}, {3, true}), g.number(0.25, {DType::f32, apart})},
      {1, true});
  const Value before = g.read(repeated, slice_map(rank + 1, axis, -1), apart);
  const Value off = g.map(Fn::sub, {before, repeated}, {2 * g.facts(a).bound, false});
  const Value mixed = g.map(Fn::fma, {off, share, repeated}, {3 * g.facts(a).bound, false});
  return g.tame(g.put(Reshape{}, {mixed}, Type{DType::f32, joined}, g.facts(mixed)));
}

/// The elements in another shape of as many, whatever its extents have in common with the old ones.
Value regrouped(Growth& g) {
  const Value a = g.any_of_rank(1);
  int64_t left = element_count(g.shape_of(a));
  if (left == 0) return a;
  Shape shape;
  for (int64_t axes = g.below(4); axes > 0; --axes) {
    std::vector<int64_t> divisors;
    for (int64_t d = 1; d <= std::min<int64_t>(left, 40); ++d) {
      if (left % d == 0) divisors.push_back(d);
    }
    shape.push_back(g.one_of(divisors));
    left /= shape.back();
  }
  shape.insert(shape.begin() + g.below(rank_of(shape) + 1), left);
  return g.put(Reshape{}, {a}, Type{DType::f32, shape}, g.facts(a));
}

/// Along an axis the elements at floor(i * 3/8), i * 5/8 or i * 3/2, the last one beyond.
Value resampled(Growth& g) {
  const Value a = g.any_of_rank(1);
  const Shape from = g.shape_of(a);
  const int rank = rank_of(from), axis = random_axis(g, a);
  if (from[axis] == 0) return a;
  std::vector<int> order = other_axes(rank, {axis});
  order.insert(order.begin(), axis);
  std::vector<int> back(rank);
  for (int i = 0; i < rank; ++i) back[order[i]] = i;
  const Value table = g.read(a, projection(rank, back), extents_of(from, order));
  const int64_t extent = g.dim();
  const Type reals{DType::f32, {extent}};
  const Value place = g.map(Fn::mul,
                            {g.map(Fn::to_f32, {coordinate(g, 0, {extent})}, {130, true}),
                             g.number(g.one_of<double>({0.375, 0.625, 1.5}), reals)},
                            {200, true});
  const Value last =
      g.put(Const{static_cast<double>(from[axis] - 1)}, {}, Type{DType::i32, {extent}}, {130, true});
  const Value index = g.map(
      Fn::min, {g.map(Fn::to_i32, {g.map(Fn::floor, {place}, {200, true})}, {200, true}), last}, {200, true});
  Shape shape = from;
  shape[axis] = extent;
  const Shape rows = extents_of(shape, order);
  if (!g.fits(shape)) return a;
  const Value found = g.put(Gather{}, {table, index}, Type{DType::f32, rows}, g.facts(a));
  return g.read(found, projection(rank, order), shape);
}

}  // namespace cgan_jit::grow
