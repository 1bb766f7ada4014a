#include "tests/support/random_graph.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "passes/autodiff/autodiff.h"
#include "passes/graph/build.h"

namespace cgan_jit {
namespace {

constexpr int64_t most_elements = 20000;  // of one value
constexpr int64_t most_work = 120000;     // elements of all values together
constexpr double most_magnitude = 30;     // of an f32 value that is computed further

/// What is known of a value: a bound of its magnitude, and whether every pass computes exactly the same
/// number.
struct Facts {
  double bound = 0;
  bool exact = false;
};

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}
  Graph run();

 private:
  // Constants are short dyadic numbers, so that folding them is exact. They are operands, never what goes on.
  // Random choices; std::uniform_int_distribution differs from library to library.
  int64_t below(int64_t n) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }
  template <typename T>
  T one_of(const std::vector<T>& items) {
    return items[below(static_cast<int64_t>(items.size()))];
  }

  int64_t dim() { return one_of(dims_); }
  Shape shape(int rank);

  Value put(Op op, std::vector<Value> operands, Type type, Facts facts);
  Value map(Fn fn, const std::vector<Value>& operands, Facts facts);
  Value number(double value, Type like) {
    return put(Const{value}, {}, std::move(like), {std::abs(value), true});
  }
  Value leaf(DType dtype, Shape shape);
  Value read(Value in, IndexMap map, Shape shape, double fill = 0);
  Shape shape_of(Value value) const { return graph_.shape(value); }
  Facts facts(Value value) const { return facts_[index(value)]; }
  bool fits(const Shape& shape) const { return element_count(shape) <= most_elements; }

  Value any();                         // an f32 value
  Value any_of_rank(int least);        // with at least so many axes
  Value of_shape(const Shape& shape);  // f32
  Value exact_of_shape(const Shape& shape);
  Value tame(Value value);
  Value broadcast_to(Value value, const Shape& shape);
  Value index_values(const Shape& shape, int64_t rows);
  Value condition(const Shape& shape);

  Value unary();
  Value safe_unary();
  Value binary();
  Value selected();
  Value discontinuous();
  Value shift_amounts(const Shape& shape);
  Value shifted(Value value);
  Value integers();
  Value integer_products();
  Value broadcast();
  Value transposed();
  Value sliced();
  Value padded();
  Value flipped();
  Value strided();
  Value windows();
  Value scattered();
  Value reduced();
  Value gathered();
  Value deposited();
  Value joined();
  Value reshaped();
  Value detached();
  Value uniform();
  Value matmul();
  Value batched_matmul();
  Value convolution();
  Value normalised();
  Value iota();

  Value param(Shape shape);
  Value product_with(Value a, Value weight);
  Value activation(Value a);
  void network();

  void step();
  void add_gradients();
  void add_outputs();
  void update(const std::string& name, Value param, Value gradient);
  void change_places();
  void change_states();

  std::mt19937_64 random_;
  std::vector<int64_t> dims_;
  Graph graph_;
  std::vector<Facts> facts_;
  std::vector<Value> reals_;  // f32 values to go on from
  std::vector<Value> params_;
  std::vector<Value> states_;  // params of ints
  std::vector<Value> others_;  // ints and bools
  std::map<std::vector<int64_t>, Value> weights_;
  int64_t work_ = 0;
  int leaves_ = 0;
  uint32_t stream_ = 0;
};

Shape Generator::shape(int rank) {
  Shape shape;
  for (int axis = 0; axis < rank; ++axis) shape.push_back(dim());
  while (!fits(shape)) *std::max_element(shape.begin(), shape.end()) = 3;
  return shape;
}

Value Generator::put(Op op, std::vector<Value> operands, Type type, Facts facts) {
  const size_t before = graph_.size();
  const Value value = graph_.add(std::move(op), std::move(operands), type);
  if (graph_.size() == before) return value;
  facts_.resize(graph_.size());
  facts_[index(value)] = facts;
  work_ += element_count(type.shape);
  const bool constant = std::holds_alternative<Const>(graph_[value].op);
  if (!constant) (type.dtype == DType::f32 ? reals_ : others_).push_back(value);
  return value;
}

Value Generator::map(Fn fn, const std::vector<Value>& operands, Facts facts) {
  std::vector<DType> dtypes;
  for (Value operand : operands) dtypes.push_back(graph_.type(operand).dtype);
  return put(Map{fn}, operands, Type{*result_type(fn, dtypes), shape_of(operands[0])}, facts);
}

Value Generator::leaf(DType dtype, Shape shape) {
  const bool is_param = chance(40);
  const std::string name = fmt::format("{}{}", is_param ? "p" : "x", leaves_++);
  const Type type{dtype, std::move(shape)};
  const Value value =
      is_param ? put(Param{name}, {}, type, {2, true}) : put(Input{name}, {}, type, {2, true});
  if (is_param) (dtype == DType::f32 ? params_ : states_).push_back(value);
  return value;
}

Value Generator::read(Value in, IndexMap map, Shape shape, double fill) {
  const Facts known = facts(in);
  const DType dtype = graph_.type(in).dtype;
  return put(Reindex{std::move(map), fill}, {in}, Type{dtype, std::move(shape)},
             {std::max(known.bound, std::abs(fill)), known.exact});
}

Value Generator::any() {
  if (reals_.empty() || chance(8)) return leaf(DType::f32, shape(1 + static_cast<int>(below(3))));
  // Recent values more often: chains are what fusion is about.
  const auto n = static_cast<int64_t>(reals_.size());
  return reals_[chance(60) ? n - 1 - below(std::min<int64_t>(n, 5)) : below(n)];
}

Value Generator::any_of_rank(int least) {
  for (int attempt = 0; attempt < 8; ++attempt) {
    const Value value = any();
    if (static_cast<int>(shape_of(value).size()) >= least) return value;
  }
  return leaf(DType::f32, shape(least));
}

Value Generator::of_shape(const Shape& shape) {
  std::vector<Value> same;
  for (Value value : reals_) {
    if (shape_of(value) == shape) same.push_back(value);
  }
  if (!same.empty() && chance(70)) return one_of(same);
  if (chance(20)) return number(one_of<double>({0, 1, 2, -1, 0.5, 0.125}), Type{DType::f32, shape});
  if (chance(50)) return broadcast_to(any(), shape);
  return leaf(DType::f32, shape);
}

Value Generator::exact_of_shape(const Shape& shape) {
  std::vector<Value> same;
  for (Value value : reals_) {
    if (shape_of(value) == shape && facts(value).exact) same.push_back(value);
  }
  return same.empty() ? leaf(DType::f32, shape) : one_of(same);
}

/// The value, or a bounded function of it where it might be large.
Value Generator::tame(Value value) {
  if (facts(value).bound <= most_magnitude) return value;
  if (chance(50)) return map(Fn::tanh, {value}, {1, false});
  const double factor = std::exp2(-std::ceil(std::log2(facts(value).bound)));
  return map(Fn::mul, {value, number(factor, graph_.type(value))}, {1, false});
}

/// Axes are matched from the right: equal extents stay, others are read at 0 or are new.
Value Generator::broadcast_to(Value value, const Shape& shape) {
  const Shape from = shape_of(value);
  const int rank = rank_of(shape);
  IndexMap map{rank, {}};
  for (size_t i = 0; i < from.size(); ++i) {
    const int axis = rank - static_cast<int>(from.size()) + static_cast<int>(i);
    Affine coordinate{0, std::vector<int64_t>(rank, 0)};
    if (axis >= 0 && shape[axis] == from[i]) coordinate.coefficients[axis] = 1;
    map.results.push_back(coordinate);
  }
  return read(value, map, shape);
}

Value Generator::iota() {
  const Shape shape = this->shape(1 + static_cast<int>(below(2)));
  const Value axis =
      put(Iota{static_cast<int>(below(rank_of(shape)))}, {}, Type{DType::i32, shape}, {70, true});
  return map(Fn::to_f32, {axis}, {70, true});
}

/// i32, mostly inside 0 .. rows - 1.
Value Generator::index_values(const Shape& shape, int64_t rows) {
  if (chance(40)) return leaf(DType::i32, shape);
  const Value reals = exact_of_shape(shape);
  const Value scale = number(static_cast<double>(rows) / 2, graph_.type(reals));
  const Value scaled = map(Fn::mul, {map(Fn::abs, {reals}, facts(reals)), scale}, {0, true});
  return map(Fn::to_i32, {scaled}, {0, true});
}

Value Generator::condition(const Shape& shape) {
  const Fn fn = one_of<Fn>({Fn::lt, Fn::le, Fn::eq, Fn::ne});
  const Value first = map(fn, {exact_of_shape(shape), exact_of_shape(shape)}, {1, true});
  if (chance(70)) return first;
  const Value second = map(Fn::lt, {exact_of_shape(shape), exact_of_shape(shape)}, {1, true});
  const Value other = chance(30) ? map(Fn::bit_not, {second}, {1, true}) : second;
  return map(one_of<Fn>({Fn::bit_and, Fn::bit_or, Fn::bit_xor}), {first, other}, {1, true});
}

Value Generator::unary() {
  const Value a = tame(any());
  const Fn fn = one_of<Fn>({Fn::neg, Fn::abs, Fn::tanh, Fn::sigmoid, Fn::sin, Fn::cos});
  const bool moves = fn == Fn::neg || fn == Fn::abs;
  return map(fn, {a}, {moves ? facts(a).bound : 1, moves && facts(a).exact});
}

/// Functions that need a small or a positive operand get one.
Value Generator::safe_unary() {
  const Value a = tame(any());
  const Type type = graph_.type(a);
  const Value small = map(Fn::tanh, {a}, {1, false});
  if (chance(40)) return map(one_of<Fn>({Fn::exp, Fn::expm1}), {small}, {3, false});
  if (chance(25)) return map(Fn::log1p, {map(Fn::mul, {small, number(0.5, type)}, {0.5, false})}, {1, false});
  const Value positive = map(Fn::add, {map(Fn::abs, {small}, {1, false}), number(0.5, type)}, {1.5, false});
  if (chance(30)) return map(Fn::div, {a, positive}, {2 * facts(a).bound, false});
  return map(one_of<Fn>({Fn::log, Fn::sqrt}), {positive}, {1.3, false});
}

Value Generator::binary() {
  const Value a = tame(any());
  const Value b = tame(of_shape(shape_of(a)));
  const double x = facts(a).bound, y = facts(b).bound;
  const bool exact = facts(a).exact && facts(b).exact;
  const Fn fn =
      one_of<Fn>({Fn::add, Fn::add, Fn::sub, Fn::mul, Fn::mul, Fn::max, Fn::min, Fn::leaky_relu, Fn::fma});
  if (fn == Fn::max || fn == Fn::min) return map(fn, {a, b}, {std::max(x, y), exact});
  if (fn == Fn::leaky_relu) return map(fn, {a, number(0.25, graph_.type(a))}, {x, false});
  if (fn == Fn::mul) return map(fn, {a, b}, {x * y, false});
  if (fn == Fn::fma) return map(fn, {a, b, tame(of_shape(shape_of(a)))}, {x * y + most_magnitude, false});
  return map(fn, {a, b}, {x + y, false});
}

Value Generator::selected() {
  const Value a = any();
  const Value b = of_shape(shape_of(a));
  const double bound = std::max(facts(a).bound, facts(b).bound);
  return map(Fn::select, {condition(shape_of(a)), a, b}, {bound, facts(a).exact && facts(b).exact});
}

Value Generator::discontinuous() {
  const Value a = exact_of_shape(shape_of(any()));
  const Facts known{std::max(1.0, facts(a).bound + 1), true};
  if (chance(50)) return map(one_of<Fn>({Fn::floor, Fn::round, Fn::sign}), {a}, known);
  return map(Fn::to_f32, {map(one_of<Fn>({Fn::to_i32, Fn::to_bool, Fn::to_u8}), {a}, {256, true})},
             {256, true});
}

/// By how much a shift moves each i32: any amount, most of them from 0 to 33.
Value Generator::shift_amounts(const Shape& shape) {
  if (chance(40)) return map(Fn::to_i32, {leaf(DType::u8, shape)}, {255, true});
  return put(Const{one_of<double>({0, 1, 8, 31, 32, 33, -1})}, {}, Type{DType::i32, shape}, {33, true});
}

/// Integer arithmetic on inputs, back to f32.
Value Generator::integers() {
  const Shape shape = shape_of(any());
  const Value bytes = leaf(DType::u8, shape);
  const Value a = map(Fn::to_i32, {bytes}, {255, true});
  const Value b = map(Fn::to_i32, {map(Fn::to_u32, {exact_of_shape(shape)}, {0, true})}, {0, true});
  const Fn fn =
      one_of<Fn>({Fn::add, Fn::sub, Fn::mul, Fn::max, Fn::min, Fn::bit_and, Fn::bit_or, Fn::bit_xor});
  const Value c = map(fn, {a, b}, {0, true});
  const Value moved = chance(30) ? shifted(c) : c;
  const Value mask = put(Const{255}, {}, Type{DType::i32, shape}, {255, true});
  const Value low = map(Fn::bit_and, {moved, mask}, {255, true});
  return map(Fn::to_f32, {low}, {255, true});
}

/// An i32 value's bits moved, as those of a signed number or of a word.
Value Generator::shifted(Value value) {
  const Fn fn = one_of<Fn>({Fn::shl, Fn::shr});
  const Value by = shift_amounts(shape_of(value));
  if (chance(50)) return map(fn, {value, by}, {0, true});
  const Value words = map(Fn::as_u32, {value}, {0, true}), amounts = map(Fn::as_u32, {by}, {0, true});
  return map(Fn::as_i32, {map(fn, {words, amounts}, {0, true})}, {0, true});
}

/// sum over k of a[m, k] * b[n, k], of small integers, as f32.
Value Generator::integer_products() {
  const Shape domain{dim(), dim(), dim()};
  if (!fits(domain)) return any();
  const Value a = leaf(DType::i32, {domain[0], domain[2]}), b = leaf(DType::i32, {domain[1], domain[2]});
  const Value product = map(
      Fn::mul, {read(a, projection(3, {0, 2}), domain), read(b, projection(3, {1, 2}), domain)}, {81, true});
  const Order order = one_of<Order>({Order::seq, Order::lanes16});
  const Facts known{81.0 * static_cast<double>(domain[2]), true};
  const Value sum =
      put(Reduce{ReduceFn::add, {2}, order}, {product}, Type{DType::i32, {domain[0], domain[1]}}, known);
  return map(Fn::to_f32, {sum}, known);
}

Value Generator::broadcast() {
  const Value a = any();
  Shape shape = shape_of(a);
  if (shape.size() >= 4) return a;
  const int axis = static_cast<int>(below(rank_of(shape) + 1));
  shape.insert(shape.begin() + axis, dim());
  if (!fits(shape)) return a;
  return read(a, projection(rank_of(shape), other_axes(rank_of(shape), {axis})), shape);
}

Value Generator::transposed() {
  const Value a = any_of_rank(2);
  const Shape from = shape_of(a);
  std::vector<int> order = other_axes(rank_of(from), {});
  const int64_t first = below(rank_of(from)), second = below(rank_of(from));
  std::swap(order[first], order[second]);
  Shape shape(from.size());
  for (size_t i = 0; i < from.size(); ++i) shape[order[i]] = from[i];
  return read(a, projection(rank_of(shape), order), shape);
}

Value Generator::sliced() {
  const Value a = any_of_rank(1);
  Shape shape = shape_of(a);
  const int axis = static_cast<int>(below(rank_of(shape)));
  if (shape[axis] == 0) return a;
  const int64_t extent = chance(5) ? 0 : 1 + below(shape[axis]);
  const int64_t offset = below(shape[axis] - extent + 1);
  shape[axis] = extent;
  if (!chance(30)) return read(a, slice_map(rank_of(shape), axis, offset), shape);
  // One coordinate, and its axis goes.
  IndexMap map = projection(rank_of(shape), other_axes(rank_of(shape), {}));
  map.results[axis] = Affine{offset, std::vector<int64_t>(shape.size(), 0)};
  shape.erase(shape.begin() + axis);
  for (Affine& result : map.results) result.coefficients.erase(result.coefficients.begin() + axis);
  --map.rank;
  return read(a, map, shape);
}

Value Generator::padded() {
  const Value a = any_of_rank(1);
  Shape shape = shape_of(a);
  const int axis = static_cast<int>(below(rank_of(shape)));
  const int64_t before = below(3);
  shape[axis] += before + below(3);
  if (!fits(shape)) return a;
  return read(a, slice_map(rank_of(shape), axis, -before), shape, chance(20) ? 1.5 : 0);
}

Value Generator::flipped() {
  const Value a = any_of_rank(1);
  const Shape shape = shape_of(a);
  const int axis = static_cast<int>(below(rank_of(shape)));
  IndexMap map = identity_map(rank_of(shape));
  map.results[axis].coefficients[axis] = -1;
  map.results[axis].offset = shape[axis] - 1;
  return read(a, map, shape);
}

Value Generator::strided() {
  const Value a = any_of_rank(1);
  Shape shape = shape_of(a);
  const int axis = static_cast<int>(below(rank_of(shape)));
  const int64_t step = 2 + below(2);
  shape[axis] = (shape[axis] + step - 1) / step;
  IndexMap map = identity_map(rank_of(shape));
  map.results[axis].coefficients[axis] = step;
  return read(a, map, shape);
}

/// [.., n, ..] -> [.., n - k + 1, .., k].
Value Generator::windows() {
  const Value a = any_of_rank(1);
  Shape shape = shape_of(a);
  const int axis = static_cast<int>(below(rank_of(shape)));
  if (shape[axis] == 0) return a;
  const int64_t size = std::min<int64_t>(shape[axis], 1 + below(3));
  shape[axis] -= size - 1;
  shape.push_back(size);
  if (shape.size() > 4 || !fits(shape)) return a;
  IndexMap map = projection(rank_of(shape), other_axes(rank_of(shape), {rank_of(shape) - 1}));
  map.results[axis].coefficients.back() = 1;
  return read(a, map, shape);
}

Value Generator::scattered() {
  const Value a = tame(any_of_rank(1));
  const Shape from = shape_of(a);
  const int rank = rank_of(from);
  Shape domain;  // where coordinates are looked at
  for (int64_t extent : from) domain.push_back(std::max<int64_t>(extent, 1));
  IndexMap map{rank, {}};
  Shape shape;
  for (int i = 0; i <= static_cast<int>(below(rank + 1)) && i < 3; ++i) {
    Affine coordinate{below(3) - 1, std::vector<int64_t>(rank, 0)};
    for (int axis = 0; axis < rank; ++axis) {
      if (chance(50)) coordinate.coefficients[axis] = one_of<int64_t>({1, 1, 1, 2, -1});
    }
    coordinate.offset = std::max(coordinate.offset, coordinate.offset - coordinate.range(domain).second);
    const auto [low, high] = coordinate.range(domain);
    map.results.push_back(coordinate);
    shape.push_back(high + 1 - (high > std::max<int64_t>(low, 0) ? below(2) : 0));
  }
  if (!fits(shape)) return a;
  const double terms = static_cast<double>(element_count(domain));
  return tame(put(Scatter{map}, {a}, Type{DType::f32, shape}, {facts(a).bound * terms, false}));
}

Value Generator::reduced() {
  const Value a = tame(any_of_rank(1));
  const Shape from = shape_of(a);
  std::vector<int> axes;
  for (int axis = 0; axis < rank_of(from); ++axis) {
    if (chance(50)) axes.push_back(axis);
  }
  if (axes.empty()) axes.push_back(rank_of(from) - 1);
  const Type type{DType::f32, extents_of(from, other_axes(rank_of(from), axes))};
  const Order order = one_of<Order>({Order::seq, Order::lanes16});
  const double terms = static_cast<double>(element_count(extents_of(from, axes)));
  if (chance(30)) {
    const Value most = put(Reduce{ReduceFn::max, axes, order}, {a}, type, facts(a));
    if (terms > 0) return most;
    return map(Fn::max, {most, number(0, type)}, {0, true});  // minus infinity goes no further
  }
  return tame(put(Reduce{ReduceFn::add, axes, order}, {a}, type, {facts(a).bound * terms, false}));
}

Value Generator::gathered() {
  const Value table = any_of_rank(1);
  const Shape rows = shape_of(table);
  Shape shape = this->shape(1);
  const Value indices = index_values(shape, rows[0]);
  shape.insert(shape.end(), rows.begin() + 1, rows.end());
  if (!fits(shape)) return table;
  return put(Gather{}, {table, indices}, Type{DType::f32, shape}, facts(table));
}

Value Generator::deposited() {
  const Value rows = tame(any_of_rank(1));
  Shape shape = shape_of(rows);
  const Value indices = index_values({shape[0]}, shape[0]);
  const double terms = static_cast<double>(shape[0]);
  shape[0] = dim();
  if (!fits(shape)) return rows;
  return tame(put(Deposit{}, {indices, rows}, Type{DType::f32, shape}, {facts(rows).bound * terms, false}));
}

Value Generator::joined() {
  const Value a = any_of_rank(1);
  const int axis = static_cast<int>(below(rank_of(shape_of(a))));
  std::vector<Value> parts{a};
  Shape shape = shape_of(a);
  Facts known = facts(a);
  for (int64_t n = 1 + below(3); n > 0; --n) {
    Shape part = shape_of(a);
    if (chance(40)) part[axis] = dim();
    const Value b = of_shape(part);
    known = {std::max(known.bound, facts(b).bound), known.exact && facts(b).exact};
    shape[axis] += part[axis];
    parts.push_back(b);
  }
  if (!fits(shape)) return a;
  return put(Concat{axis}, parts, Type{DType::f32, shape}, known);
}

Value Generator::reshaped() {
  const Value a = any_of_rank(1);
  Shape shape = shape_of(a);
  const int axis = static_cast<int>(below(rank_of(shape)));
  if (chance(40) && axis > 0) {
    shape[axis] *= shape[axis - 1];
    shape.erase(shape.begin() + axis - 1);
  } else if (shape[axis] % 2 == 0 && chance(50)) {
    shape[axis] /= 2;
    shape.insert(shape.begin() + axis, 2);
  } else {
    shape.insert(shape.begin() + axis, 1);
  }
  if (shape.size() > 4) return a;
  return put(Reshape{}, {a}, Type{DType::f32, shape}, facts(a));
}

Value Generator::detached() {
  const Value a = any();
  return put(Detach{}, {a}, graph_.type(a), facts(a));
}

/// Uniform in [0, 1), from the 24 upper bits of each word.
Value Generator::uniform() {
  const Value seed = put(Input{"seed"}, {}, Type{DType::u32, {}}, {0, true});
  const Value step = put(Input{"step"}, {}, Type{DType::u32, {}}, {0, true});
  const Shape shape = this->shape(static_cast<int>(below(3)));
  const Value words = put(Random{stream_++}, {seed, step}, Type{DType::u32, shape}, {0, true});
  const Value eight = put(Const{8}, {}, Type{DType::u32, shape}, {8, true});
  const Value high = map(Fn::to_i32, {map(Fn::shr, {words, eight}, {0, true})}, {0, true});
  const Value scale = number(std::ldexp(1.0, -24), Type{DType::f32, shape});
  return map(Fn::mul, {map(Fn::to_f32, {high}, {std::ldexp(1.0, 24), true}), scale}, {1, true});
}

/// [.., k] by weights [n, k] or [k, n]; the weights of a shape are shared.
Value Generator::matmul() {
  const Value a = tame(any_of_rank(2));
  Shape domain = shape_of(a);
  const int64_t k = domain.back(), n = dim();
  domain.insert(domain.end() - 1, n);
  if (element_count(domain) > 4 * most_elements || domain.size() > 4) return a;
  const bool rows = chance(50);
  const Shape weight_shape = rows ? Shape{n, k} : Shape{k, n};
  const auto known = weights_.find(weight_shape);
  const Value weight = known != weights_.end() && chance(70) ? known->second : leaf(DType::f32, weight_shape);
  weights_.insert_or_assign(weight_shape, weight);
  const int rank = rank_of(domain);
  const Value left = read(a, projection(rank, other_axes(rank, {rank - 2})), domain);
  const Value right = read(
      weight,
      projection(rank, rows ? std::vector<int>{rank - 2, rank - 1} : std::vector<int>{rank - 1, rank - 2}),
      domain);
  const Value product = map(Fn::mul, {left, right}, {facts(a).bound * 2, false});
  const double bound = facts(product).bound * static_cast<double>(k);
  domain.pop_back();
  return tame(put(Reduce{ReduceFn::add, {rank - 1}}, {product}, Type{DType::f32, domain}, {bound, false}));
}

/// sum over k of a[b, m, k] * c[b, n, k].
Value Generator::batched_matmul() {
  const Value a = tame(any_of_rank(3));
  const Shape from = shape_of(a);
  if (from.size() != 3) return a;
  const int64_t n = dim();
  const Shape domain{from[0], from[1], n, from[2]};
  if (element_count(domain) > 2 * most_elements) return a;
  const Value c = tame(of_shape({from[0], n, from[2]}));
  const Value product =
      map(Fn::mul, {read(a, projection(4, {0, 1, 3}), domain), read(c, projection(4, {0, 2, 3}), domain)},
          {facts(a).bound * facts(c).bound, false});
  const double bound = facts(product).bound * static_cast<double>(from[2]);
  return tame(
      put(Reduce{ReduceFn::add, {3}}, {product}, Type{DType::f32, {from[0], from[1], n}}, {bound, false}));
}

/// One axis, stride 1 or 2, padding 0 or 1: in [c, w], weight [o, c, k] -> [o, p].
Value Generator::convolution() {
  const Value a = tame(any_of_rank(2));
  const Shape from = shape_of(a);
  const int64_t size = 1 + below(3), stride = 1 + below(2), padding = below(2), o = dim();
  if (from.size() != 2 || from[1] + 2 * padding < size) return a;
  const int64_t positions = (from[1] + 2 * padding - size) / stride + 1;
  const Shape domain{o, positions, from[0], size};
  if (element_count(domain) > 2 * most_elements) return a;
  IndexMap window = projection(4, {2, 1});
  window.results[1] = Affine{-padding, {0, stride, 0, 1}};
  const Value weight = leaf(DType::f32, {o, from[0], size});
  const Value product =
      map(Fn::mul, {read(a, window, domain), read(weight, projection(4, {0, 2, 3}), domain)},
          {facts(a).bound * 2, false});
  const double bound = facts(product).bound * static_cast<double>(from[0] * size);
  return tame(
      put(Reduce{ReduceFn::add, {2, 3}}, {product}, Type{DType::f32, {o, positions}}, {bound, false}));
}

/// Over the first axis, as BatchNorm does: (x - mean) / sqrt(variance + 1), with a power of two for the
/// number of terms.
Value Generator::normalised() {
  const Value a = tame(any_of_rank(2));
  const Type type = graph_.type(a);
  const int rank = rank_of(type.shape);
  const Type small{DType::f32, Shape(type.shape.begin() + 1, type.shape.end())};
  const IndexMap back = projection(rank, other_axes(rank, {0}));
  const double bound = facts(a).bound;
  if (type.shape[0] == 0) return a;
  const Value share = number(std::exp2(-std::round(std::log2(type.shape[0]))), small);
  const Value sum = put(Reduce{ReduceFn::add, {0}}, {a}, small, {0, false});
  const Value mean = map(Fn::mul, {sum, share}, {bound, false});
  const Value centred = map(Fn::sub, {a, read(mean, back, type.shape)}, {2 * bound, false});
  const Value square = map(Fn::mul, {centred, centred}, {4 * bound * bound, false});
  const Value variance =
      map(Fn::mul, {put(Reduce{ReduceFn::add, {0}}, {square}, small, {0, false}), share}, {0, false});
  const Value deviation =
      map(Fn::sqrt, {map(Fn::add, {variance, number(1, small)}, {0, false})}, {2 * bound, false});
  return map(Fn::div, {centred, read(deviation, back, type.shape)}, {2 * bound, false});
}

Value Generator::param(Shape shape) {
  const Value value =
      put(Param{fmt::format("p{}", leaves_++)}, {}, Type{DType::f32, std::move(shape)}, {2, true});
  params_.push_back(value);
  return value;
}

/// [b, k] by [n, k] -> [b, n].
Value Generator::product_with(Value a, Value weight) {
  const Shape domain{shape_of(a)[0], shape_of(weight)[0], shape_of(weight)[1]};
  const Value left = read(a, projection(3, {0, 2}), domain),
              right = read(weight, projection(3, {1, 2}), domain);
  const Value product = map(Fn::mul, {left, right}, {2 * facts(a).bound, false});
  const double bound = facts(product).bound * static_cast<double>(domain[2]);
  return tame(
      put(Reduce{ReduceFn::add, {2}}, {product}, Type{DType::f32, {domain[0], domain[1]}}, {bound, false}));
}

Value Generator::activation(Value a) {
  const int64_t kind = below(4);
  if (kind == 0) return map(Fn::tanh, {a}, {1, false});
  const Value rectified = map(Fn::leaky_relu, {a, number(0.25, graph_.type(a))}, facts(a));
  if (kind == 1) return rectified;
  const Value kept = map(Fn::lt, {exact_of_shape(shape_of(a)), exact_of_shape(shape_of(a))}, {1, true});
  return kind == 2 ? rectified : map(Fn::select, {kept, rectified, number(0, graph_.type(a))}, facts(a));
}

/// A few layers of shared weights over one to three batches, whose results are added: stacked contractions,
/// and weight gradients that are sums over the batches.
void Generator::network() {
  const int64_t batch = dim();
  int64_t width = dim();
  std::vector<Value> branches;
  for (int64_t n = 1 + below(3); n > 0; --n) branches.push_back(leaf(DType::f32, {batch, width}));
  for (int64_t layers = 1 + below(3); layers > 0; --layers) {
    const int64_t next = dim();
    const Value weight = param({next, width}), bias = param({next});
    for (Value& branch : branches) {
      const Value product = product_with(branch, weight);
      const Value spread = read(bias, projection(2, {1}), {batch, next});
      branch = activation(map(Fn::add, {product, spread}, {facts(product).bound + 2, false}));
    }
    width = next;
  }
  Value total = branches[0];
  for (size_t i = 1; i < branches.size(); ++i) {
    total = map(Fn::add, {total, branches[i]}, {facts(total).bound + facts(branches[i]).bound, false});
  }
}

void Generator::step() {
  using Move = Value (Generator::*)();
  static constexpr std::pair<int, Move> moves[] = {
      {10, &Generator::unary},     {6, &Generator::safe_unary},     {24, &Generator::binary},
      {4, &Generator::selected},   {3, &Generator::discontinuous},  {3, &Generator::integers},
      {6, &Generator::broadcast},  {5, &Generator::transposed},     {8, &Generator::sliced},
      {4, &Generator::padded},     {2, &Generator::flipped},        {2, &Generator::strided},
      {3, &Generator::windows},    {4, &Generator::scattered},      {10, &Generator::reduced},
      {3, &Generator::gathered},   {3, &Generator::deposited},      {6, &Generator::joined},
      {5, &Generator::reshaped},   {2, &Generator::detached},       {3, &Generator::uniform},
      {16, &Generator::matmul},    {3, &Generator::batched_matmul}, {3, &Generator::convolution},
      {4, &Generator::normalised}, {1, &Generator::iota},           {1, &Generator::integer_products},
  };
  int64_t total = 0;
  for (const auto& [weight, move] : moves) total += weight;
  int64_t ticket = below(total);
  for (const auto& [weight, move] : moves) {
    ticket -= weight;
    if (ticket >= 0) continue;
    (this->*move)();
    return;
  }
}

void Generator::update(const std::string& name, Value param, Value gradient) {
  const Type type = graph_.type(param);
  const Value rate = graph_.add(Const{0.125}, {}, type);
  const Value delta = graph_.add(Map{Fn::mul}, {gradient, rate}, type);
  graph_.add_output(name, graph_.add(Map{Fn::sub}, {param, delta}, type), param);
}

/// Params become other values, as they are or transposed; each is overwritten once at most.
void Generator::change_places() {
  for (size_t i = 0; i < params_.size(); ++i) {
    const Shape& shape = shape_of(params_[i]);
    const bool turn = shape.size() == 2 && chance(40);
    const Shape wanted = turn ? Shape{shape[1], shape[0]} : shape;
    std::vector<Value> alike;
    for (Value value : reals_) {
      if ((turn || value != params_[i]) && shape_of(value) == wanted) alike.push_back(value);
    }
    if (alike.empty()) continue;
    const Value chosen = one_of(alike);
    const Value moved = turn ? reindexed(graph_, chosen, projection(2, {1, 0}), shape) : chosen;
    graph_.add_output(fmt::format("moved{}", i), moved, params_[i]);
    if (chance(20)) graph_.add_output(fmt::format("again{}", i), moved);
  }
}

/// Params of integers count, or become other values of their type.
void Generator::change_states() {
  for (size_t i = 0; i < states_.size(); ++i) {
    const Type type = graph_.type(states_[i]);
    std::vector<Value> alike;
    for (Value value : others_) {
      if (value != states_[i] && graph_.type(value) == type) alike.push_back(value);
    }
    if (type.dtype == DType::i32) {
      const Value one = graph_.add(Const{1}, {}, type);
      alike.push_back(graph_.add(Map{Fn::add}, {states_[i], one}, type));
    }
    if (!alike.empty() && chance(60)) graph_.add_output(fmt::format("state{}", i), one_of(alike), states_[i]);
  }
}

/// Of the sum of a bounded function of the last value, by all params.
void Generator::add_gradients() {
  const Value last = reals_.back();
  const Shape shape = shape_of(last);
  const Value bounded = map(Fn::tanh, {last}, {1, false});
  const Value loss = shape.empty() ? bounded : summed(graph_, bounded, other_axes(rank_of(shape), {}));
  graph_.add_output("loss", loss);
  const std::vector<Value> params = params_;
  const std::vector<Value> slopes = gradients(graph_, loss, params);
  for (size_t i = 0; i < params.size(); ++i) update(fmt::format("new{}", i), params[i], slopes[i]);
}

/// The last value, and some of those before it.
void Generator::add_outputs() {
  graph_.add_output("last", reals_.back());
  for (int i = 0; i < 3; ++i) {
    if (chance(60)) graph_.add_output(fmt::format("y{}", i), one_of(reals_));
  }
  if (!others_.empty() && chance(20)) graph_.add_output("ints", one_of(others_));
}

Graph Generator::run() {
  dims_ = {1, one_of<int64_t>({2, 3, 5}), one_of<int64_t>({3, 5, 16, 17}),
           one_of<int64_t>({1, 4, 16, 17, 33})};
  if (chance(35)) dims_.push_back(one_of<int64_t>({32, 64, 70, 130}));
  if (chance(30)) dims_.push_back(0);
  reals_.reserve(256);
  leaf(DType::f32, shape(2));
  const bool is_network = chance(35);
  if (is_network) network();
  const int64_t steps = is_network ? below(8) : 4 + below(22);
  for (int64_t i = 0; i < steps && work_ < most_work; ++i) step();
  add_outputs();
  if (chance(is_network ? 70 : 30)) {
    add_gradients();
  } else if (chance(30)) {
    change_places();
  } else if (!params_.empty()) {
    const Value param = one_of(params_);
    update("new", param, of_shape(shape_of(param)));
  }
  change_states();
  return without_dead_nodes(graph_);
}

}  // namespace

Graph random_graph(uint64_t seed) { return Generator(seed).run(); }

}  // namespace cgan_jit
