#include "tests/support/random/growth.h"

#include <algorithm>

namespace cgan_jit {

Growth::Growth(uint64_t seed) : random_(seed) {
  dims_ = {1, one_of<int64_t>({2, 3, 5}), one_of<int64_t>({3, 5, 16, 17}),
           one_of<int64_t>({1, 4, 16, 17, 33})};
  if (chance(35)) dims_.push_back(one_of<int64_t>({32, 64, 70, 130}));
  if (chance(30)) dims_.push_back(0);
}

Shape Growth::shape(int rank) {
  Shape shape;
  for (int axis = 0; axis < rank; ++axis) shape.push_back(dim());
  while (!fits(shape)) *std::max_element(shape.begin(), shape.end()) = 3;
  return shape;
}

Value Growth::put(Op op, std::vector<Value> operands, Type type, Facts facts) {
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

Value Growth::map(Fn fn, const std::vector<Value>& operands, Facts facts) {
  std::vector<DType> dtypes;
  for (Value operand : operands) dtypes.push_back(graph_.type(operand).dtype);
  return put(Map{fn}, operands, Type{*result_type(fn, dtypes), shape_of(operands[0])}, facts);
}

Value Growth::leaf(DType dtype, Shape shape) {
  const bool is_param = chance(40);
  const std::string name = fmt::format("{}{}", is_param ? "p" : "x", leaves_++);
  const Type type{dtype, std::move(shape)};
  const Value value =
      is_param ? put(Param{name}, {}, type, {2, true}) : put(Input{name}, {}, type, {2, true});
  if (is_param) (dtype == DType::f32 ? params_ : states_).push_back(value);
  return value;
}

Value Growth::read(Value in, IndexMap map, Shape shape, double fill) {
  const Facts known = facts(in);
  const DType dtype = graph_.type(in).dtype;
  return put(Reindex{std::move(map), fill}, {in}, Type{dtype, std::move(shape)},
             {std::max(known.bound, std::abs(fill)), known.exact});
}

Value Growth::any() {
  if (reals_.empty() || chance(8)) return leaf(DType::f32, shape(1 + static_cast<int>(below(3))));
  // Recent values more often: chains are what fusion is about.
  const auto n = static_cast<int64_t>(reals_.size());
  return reals_[chance(60) ? n - 1 - below(std::min<int64_t>(n, 5)) : below(n)];
}

Value Growth::any_of_rank(int least) {
  for (int attempt = 0; attempt < 8; ++attempt) {
    const Value value = any();
    if (static_cast<int>(shape_of(value).size()) >= least) return value;
  }
  return leaf(DType::f32, shape(least));
}

Value Growth::of_shape(const Shape& shape) {
  std::vector<Value> same;
  for (Value value : reals_) {
    if (shape_of(value) == shape) same.push_back(value);
  }
  if (!same.empty() && chance(70)) return one_of(same);
  if (chance(20)) return number(one_of<double>({0, 1, 2, -1, 0.5, 0.125}), Type{DType::f32, shape});
  if (chance(50)) return broadcast_to(any(), shape);
  return leaf(DType::f32, shape);
}

Value Growth::exact_of_shape(const Shape& shape) {
  std::vector<Value> same;
  for (Value value : reals_) {
    if (shape_of(value) == shape && facts(value).exact) same.push_back(value);
  }
  return same.empty() ? leaf(DType::f32, shape) : one_of(same);
}

Value Growth::tame(Value value) {
  if (facts(value).bound <= most_magnitude) return value;
  if (chance(50)) return map(Fn::tanh, {value}, {1, false});
  const double factor = std::exp2(-std::ceil(std::log2(facts(value).bound)));
  return map(Fn::mul, {value, number(factor, graph_.type(value))}, {1, false});
}

Value Growth::broadcast_to(Value value, const Shape& shape) {
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

Value Growth::param(Shape shape) {
  const Value value =
      put(Param{fmt::format("p{}", leaves_++)}, {}, Type{DType::f32, std::move(shape)}, {2, true});
  params_.push_back(value);
  return value;
}

Value Growth::weight(const Shape& shape) {
  const auto last = weights_.find(shape);
  const Value weight = last != weights_.end() && chance(70) ? last->second : leaf(DType::f32, shape);
  weights_.insert_or_assign(shape, weight);
  return weight;
}

}  // namespace cgan_jit
