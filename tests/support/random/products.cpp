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

/// sum over k of a[b, m, k] * c[b, n, k].
Value batched_matmul(Growth& g) {
  const Value a = g.tame(g.any_of_rank(3));
  const Shape from = g.shape_of(a);
  if (from.size() != 3) return a;
  const int64_t n = g.dim();
  const Shape domain{from[0], from[1], n, from[2]};
  if (element_count(domain) > 2 * Growth::most_elements) return a;
  const Value c = g.tame(g.of_shape({from[0], n, from[2]}));
  const Value product = g.map(
      Fn::mul, {g.read(a, projection(4, {0, 1, 3}), domain), g.read(c, projection(4, {0, 2, 3}), domain)},
      {g.facts(a).bound * g.facts(c).bound, false});
  const double bound = g.facts(product).bound * static_cast<double>(from[2]);
  return g.tame(
      g.put(Reduce{ReduceFn::add, {3}}, {product}, Type{DType::f32, {from[0], from[1], n}}, {bound, false}));
}

/// One axis, stride 1 or 2, padding 0 or 1: in [c, w], weight [o, c, k] -> [o, p].
Value convolution(Growth& g) {
  const Value a = g.tame(g.any_of_rank(2));
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

}  // namespace cgan_jit::grow
