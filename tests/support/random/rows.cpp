#include "tests/support/random/growers.h"

namespace cgan_jit::grow {

namespace {

/// i32, mostly inside 0 .. rows - 1.
Value index_values(Growth& g, const Shape& shape, int64_t rows) {
  if (g.chance(40)) return g.leaf(DType::i32, shape);
  const Value reals = g.exact_of_shape(shape);
  const Value scale = g.number(static_cast<double>(rows) / 2, g.type(reals));
  const Value scaled = g.map(Fn::mul, {g.map(Fn::abs, {reals}, g.facts(reals)), scale}, {0, true});
  return g.map(Fn::to_i32, {scaled}, {0, true});
}

}  // namespace

Value gathered(Growth& g) {
  const Value table = g.any_of_rank(1);
  const Shape rows = g.shape_of(table);
  Shape shape = g.shape(1);
  const Value indices = index_values(g, shape, rows[0]);
  shape.insert(shape.end(), rows.begin() + 1, rows.end());
  if (!g.fits(shape)) return table;
  return g.put(Gather{}, {table, indices}, Type{DType::f32, shape}, g.facts(table));
}

Value deposited(Growth& g) {
  const Value rows = g.tame(g.any_of_rank(1));
  Shape shape = g.shape_of(rows);
  const Value indices = index_values(g, {shape[0]}, shape[0]);
  const double terms = static_cast<double>(shape[0]);
  shape[0] = g.dim();
  if (!g.fits(shape)) return rows;
  return g.tame(
      g.put(Deposit{}, {indices, rows}, Type{DType::f32, shape}, {g.facts(rows).bound * terms, false}));
}

Value joined(Growth& g) {
  const Value a = g.any_of_rank(1);
  const int axis = static_cast<int>(g.below(rank_of(g.shape_of(a))));
  std::vector<Value> parts{a};
  Shape shape = g.shape_of(a);
  Facts known = g.facts(a);
  for (int64_t n = 1 + g.below(3); n > 0; --n) {
    Shape part = g.shape_of(a);
    if (g.chance(40)) part[axis] = g.dim();
    const Value b = g.of_shape(part);
    known = {std::max(known.bound, g.facts(b).bound), known.exact && g.facts(b).exact};
    shape[axis] += part[axis];
    parts.push_back(b);
  }
  if (!g.fits(shape)) return a;
  return g.put(Concat{axis}, parts, Type{DType::f32, shape}, known);
}

}  // namespace cgan_jit::grow
