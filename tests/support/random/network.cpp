#include "tests/support/random/network.h"

namespace cgan_jit {

namespace {

/// [b, k] by [n, k] -> [b, n].
Value product_with(Growth& g, Value a, Value weight) {
  const Shape domain{g.shape_of(a)[0], g.shape_of(weight)[0], g.shape_of(weight)[1]};
  const Value left = g.read(a, projection(3, {0, 2}), domain),
              right = g.read(weight, projection(3, {1, 2}), domain);
  const Value product = g.map(Fn::mul, {left, right}, {2 * g.facts(a).bound, false});
  const double bound = g.facts(product).bound * static_cast<double>(domain[2]);
  return g.tame(
      g.put(Reduce{ReduceFn::add, {2}}, {product}, Type{DType::f32, {domain[0], domain[1]}}, {bound, false}));
}

Value activation(Growth& g, Value a) {
  const int64_t kind = g.below(4);
  if (kind == 0) return g.map(Fn::tanh, {a}, {1, false});
  const Value rectified = g.map(Fn::leaky_relu, {a, g.number(0.25, g.type(a))}, g.facts(a));
  if (kind == 1) return rectified;
  const Value kept =
      g.map(Fn::lt, {g.exact_of_shape(g.shape_of(a)), g.exact_of_shape(g.shape_of(a))}, {1, true});
  return kind == 2 ? rectified : g.map(Fn::select, {kept, rectified, g.number(0, g.type(a))}, g.facts(a));
}

}  // namespace

void grow_network(Growth& g) {
  const int64_t batch = g.dim();
  int64_t width = g.dim();
  std::vector<Value> branches;
  for (int64_t n = 1 + g.below(3); n > 0; --n) branches.push_back(g.leaf(DType::f32, {batch, width}));
  for (int64_t layers = 1 + g.below(3); layers > 0; --layers) {
    const int64_t next = g.dim();
    const Value weight = g.param({next, width}), bias = g.param({next});
    for (Value& branch : branches) {
      const Value product = product_with(g, branch, weight);
      const Value spread = g.read(bias, projection(2, {1}), {batch, next});
      branch = activation(g, g.map(Fn::add, {product, spread}, {g.facts(product).bound + 2, false}));
    }
    width = next;
  }
  Value total = branches[0];
  for (size_t i = 1; i < branches.size(); ++i) {
    total = g.map(Fn::add, {total, branches[i]}, {g.facts(total).bound + g.facts(branches[i]).bound, false});
  }
}

}  // namespace cgan_jit
