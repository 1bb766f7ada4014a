#include "tests/support/random/growers.h"

namespace cgan_jit::grow {

/// [.., k] by weights [n, k] or [k, n]; the weights of a shape are shared.
Value matmul(Growth& g) {
  const Value a = g.tame(g.any_of_rank(2));
  Shape domain = g.shape_of(a);
  const int64_t k = domain.back(), n = g.dim();
  domain.insert(domain.end() - 1, n);
  if (element_count(domain) > 4 * Growth::most_elements || domain.size() > 4) return a;
  const bool rows = g.chance(50);
  const Shape weight_shape = rows ? Shape{n, k} : Shape{k, n};
  const Value weight = g.weight(weight_shape);
  const int rank = rank_of(domain);
  const Value left = g.read(a, projection(rank, other_axes(rank, {rank - 2})), domain);
  const Value right = g.read(
      weight,
      projection(rank, rows ? std::vector<int>{rank - 2, rank - 1} : std::vector<int>{rank - 1, rank - 2}),
      domain);
  const Value product = g.map(Fn::mul, {left, right}, {g.facts(a).bound * 2, false});
  const double bound = g.facts(product).bound * static_cast<double>(k);
  domain.pop_back();
  return g.tame(
      g.put(Reduce{ReduceFn::add, {rank - 1}}, {product}, Type{DType::f32, domain}, {bound, false}));
}

/// sum over k of a[b, m, k] * c[b, n, k] or c[b, k, n], of a batch of its own or one for all.
Value batched_matmul(Growth& g) {
  const Value a = g.tame(g.any_of_rank(3));
  const Shape from = g.shape_of(a);
  if (from.size() != 3) return a;
  const int64_t n = g.dim();
  const Shape domain{from[0], from[1], n, from[2]};
  if (element_count(domain) > 2 * Growth::most_elements) return a;
  const bool rows = g.chance(50), one_for_all = g.chance(25);
  Shape shape = rows ? Shape{n, from[2]} : Shape{from[2], n};
  std::vector<int> axes = rows ? std::vector<int>{2, 3} : std::vector<int>{3, 2};
  if (!one_for_all) shape.insert(shape.begin(), from[0]), axes.insert(axes.begin(), 0);
  const Value c = g.tame(g.of_shape(shape));
  const Value product =
      g.map(Fn::mul, {g.read(a, projection(4, {0, 1, 3}), domain), g.read(c, projection(4, axes), domain)},
            {g.facts(a).bound * g.facts(c).bound, false});
  const double bound = g.facts(product).bound * static_cast<double>(from[2]);
  return g.tame(
      g.put(Reduce{ReduceFn::add, {3}}, {product}, Type{DType::f32, {from[0], from[1], n}}, {bound, false}));
}

namespace {

/// What a convolution moves over: upsampled along some of the last `axes`, or not.
Value pixels(Growth& g, int axes) {
  Value a = g.tame(g.any_of_rank(2));
  if (g.chance(60)) return a;
  for (int i = 1; i <= axes; ++i) {
    if (g.chance(70)) a = repeated_along(g, a, rank_of(g.shape_of(a)) - i, 2 + g.below(2));
  }
  return a;
}

}  // namespace

/// One axis, stride 1 or 2, padding 0 or 1: in [c, w], weight [o, c, k] -> [o, p].
Value convolution(Growth& g) {
  const Value a = pixels(g, 1);
  const Shape from = g.shape_of(a);
  const int64_t size = 1 + g.below(3), stride = 1 + g.below(2), padding = g.below(2), o = g.dim();
  if (from.size() != 2 || from[1] + 2 * padding < size) return a;
  const int64_t positions = (from[1] + 2 * padding - size) / stride + 1;
  const Shape domain{o, positions, from[0], size};
  if (element_count(domain) > 2 * Growth::most_elements) return a;
  IndexMap window = projection(4, {2, 1});
  window.results[1] = Affine{-padding, {0, stride, 0, 1}};
  const Value weight = g.leaf(DType::f32, {o, from[0], size});
  const Value product =
      g.map(Fn::mul, {g.read(a, window, domain), g.read(weight, projection(4, {0, 2, 3}), domain)},
            {g.facts(a).bound * 2, false});
  const double bound = g.facts(product).bound * static_cast<double>(from[0] * size);
  return g.tame(
      g.put(Reduce{ReduceFn::add, {2, 3}}, {product}, Type{DType::f32, {o, positions}}, {bound, false}));
}

/// One window's walk along an axis; a mirrored one walks as a transposed convolution's does.
struct Taps {
  int64_t size, stride, dilation, padding;
  bool mirrored;

  int64_t reach() const { return dilation * (size - 1) + 1; }
  int64_t positions(int64_t extent) const { return (extent + 2 * padding - reach()) / stride + 1; }
  Affine along(int rank, int position, int tap) const {
    Affine affine{mirrored ? reach() - 1 - padding : -padding, std::vector<int64_t>(rank, 0)};
    affine.coefficients[position] = stride;
    affine.coefficients[tap] = mirrored ? -dilation : dilation;
    return affine;
  }
};

/// in [n, g * c, h, w], of fewer axes with the first ones of extent 1, weight [g, o, c, kh, kw] ->
/// [n, g * o, h', w'].
Value convolution2d(Growth& g) {
  const Value given = pixels(g, 2);
  Shape from = g.shape_of(given);
  if (from.size() > 4 || element_count(from) == 0) return given;
  from.insert(from.begin(), 4 - from.size(), 1);
  const int64_t groups = from[1] % 2 == 0 && g.chance(30) ? 2 : 1, o = 1 + g.below(3), c = from[1] / groups;
  const Value a =
      g.put(Reshape{}, {given}, Type{DType::f32, {from[0], groups, c, from[2], from[3]}}, g.facts(given));
  Taps taps[2];
  for (int i = 0; i < 2; ++i) {
    taps[i] = {1 + g.below(3), 1 + g.below(2), 1 + g.below(2), g.below(2), g.chance(30)};
    if (taps[i].reach() > from[2 + i] + 2 * taps[i].padding) return given;
  }
  const Shape result{from[0], groups, o, taps[0].positions(from[2]), taps[1].positions(from[3])};
  Shape domain = result;
  domain.insert(domain.end(), {c, taps[0].size, taps[1].size});
  if (element_count(domain) > 4 * Growth::most_elements) return given;
  IndexMap image = projection(8, {0, 1, 5});
  for (int i = 0; i < 2; ++i) image.results.push_back(taps[i].along(8, 3 + i, 6 + i));
  const Value weight = g.leaf(DType::f32, {groups, o, c, taps[0].size, taps[1].size});
  const Value product =
      g.map(Fn::mul, {g.read(a, image, domain), g.read(weight, projection(8, {1, 2, 5, 6, 7}), domain)},
            {g.facts(a).bound * 2, false});
  const double bound = g.facts(product).bound * static_cast<double>(c * taps[0].size * taps[1].size);
  const Value sum =
      g.put(Reduce{ReduceFn::add, {5, 6, 7}}, {product}, Type{DType::f32, result}, {bound, false});
  const Shape whole{result[0], result[1] * result[2], result[3], result[4]};
  return g.tame(g.put(Reshape{}, {sum}, Type{DType::f32, whole}, g.facts(sum)));
}

}  // namespace cgan_jit::grow
