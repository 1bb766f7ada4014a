#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include "ir/graph.h"

namespace cgan_jit {

/// What is known of a value: a bound of its magnitude, and whether every pass computes exactly the same
/// number.
struct Facts {
  double bound = 0;
  bool exact = false;
};

/// A random graph while it grows, and all random choices: what is drawn is a function of the seed. Of every
/// value that is put into it the facts are known, and all but constants may be gone on from. Constants are
/// short dyadic numbers, so that folding them is exact.
class Growth {
 public:
  static constexpr int64_t most_elements = 20000;  // of one value
  static constexpr int64_t most_work = 120000;     // elements of all values together
  static constexpr double most_magnitude = 30;     // of an f32 value that is computed further

  explicit Growth(uint64_t seed);

  // std::uniform_int_distribution differs from library to library.
  int64_t below(int64_t n) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }
  template <typename T>
  T one_of(const std::vector<T>& items) {
    return items[below(static_cast<int64_t>(items.size()))];
  }
  /// One of this graph's few extents.
  int64_t dim() { return one_of(dims_); }
  Shape shape(int rank);

  Value put(Op op, std::vector<Value> operands, Type type, Facts facts);
  Value map(Fn fn, const std::vector<Value>& operands, Facts facts);
  Value read(Value in, IndexMap map, Shape shape, double fill = 0);
  Value number(double value, Type like) {
    return put(Const{value}, {}, std::move(like), {std::abs(value), true});
  }
  /// A new input or param.
  Value leaf(DType dtype, Shape shape);
  Value param(Shape shape);
  /// f32; mostly the last one of that shape.
  Value weight(const Shape& shape);
  /// A number that no other random op of the graph has.
  uint32_t next_stream() { return streams_++; }

  Value any();                         // an f32 value
  Value any_of_rank(int least);        // with at least so many axes
  Value of_shape(const Shape& shape);  // f32
  Value exact_of_shape(const Shape& shape);
  /// The value, or a bounded function of it where it might be large.
  Value tame(Value value);
  /// Axes are matched from the right: equal extents stay, others are read at 0 or are new.
  Value broadcast_to(Value value, const Shape& shape);

  Shape shape_of(Value value) const { return graph_.shape(value); }
  Type type(Value value) const { return graph_.type(value); }
  Facts facts(Value value) const { return facts_[index(value)]; }
  bool fits(const Shape& shape) const { return element_count(shape) <= most_elements; }
  bool is_grown_up() const { return work_ >= most_work; }

  /// The graph itself: what is added to it directly is not gone on from.
  Graph& graph() { return graph_; }
  const std::vector<Value>& reals() const { return reals_; }    // f32 values to go on from
  const std::vector<Value>& others() const { return others_; }  // values of ints and bools
  const std::vector<Value>& params() const { return params_; }  // of reals
  const std::vector<Value>& states() const { return states_; }  // params of ints

 private:
  std::mt19937_64 random_;
  std::vector<int64_t> dims_;
  Graph graph_;
  std::vector<Facts> facts_;
  std::vector<Value> reals_, others_, params_, states_;
  std::map<Shape, Value> weights_;
  int64_t work_ = 0;
  int leaves_ = 0;
  uint32_t streams_ = 0;
};

}  // namespace cgan_jit
