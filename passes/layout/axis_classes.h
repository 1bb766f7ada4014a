#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "ir/graph.h"

namespace cgan_jit {

/// Axes that walk along one another, through maps, views, sums, contractions and updates, are one class: the
/// batch, the features of a layer. A class ranks by the arithmetic that would run in its lanes: the products
/// of the contractions where data have it as an axis of their own, counted for full vectors and blocks; those
/// against weights (values that no input and no random number reaches) before those of data with data. An
/// axis that would leave more than half of a vector idle is not asked for.
/// Linear in the graph; which node stands first does not matter.
class AxisClasses {
 public:
  explicit AxisClasses(const Graph& graph);

  /// The axis of `value` whose class ranks highest; the first one of equals. Nothing if no contraction
  /// against weights has one of its classes as an axis of its own.
  std::optional<int> batch_axis(Value value) const;
  /// The same, contractions of data with data counting, too.
  std::optional<int> own_axis(Value value) const;
  /// The axis of `value`, but for its lanes, along which contractions sum most on both sides (the channels of
  /// a picture; not its rows, which a window moves over); the last one of equals. Nothing if none does. Sums
  /// along the lanes, too, do not count: they have a run of memory in any case.
  std::optional<int> summed_axis(Value value, int lane_axis) const;

 private:
  /// Arithmetic of one class; compared from the first member on.
  struct Rank {
    int64_t against_weights = 0, among_data = 0, extent = 0, summed = 0;
    auto operator<=>(const Rank&) const = default;
  };

  int number(Value value, int axis) const { return first_[index(value)] + axis; }
  int class_of(int axis) const;
  void join(Value a, int axis_a, Value b, int axis_b);
  void join_reads(const Graph& graph, Value value);
  void count(const Graph& graph, Value contract, const std::vector<bool>& data);
  void count_summed(Value contract, int axis, int rank, int64_t products);
  int64_t summed_without(Value value, int axis, int lane_axis) const;
  std::optional<int> highest(Value value, bool (*eligible)(const Rank&)) const;

  std::vector<int> first_;           // number of each value's axis 0: those of the result, then summed ones
  mutable std::vector<int> parent_;  // of each axis's number
  std::vector<int> axis_counts_;     // of each value's result
  std::vector<int64_t> extents_;
  std::vector<Rank> ranks_;
  std::map<std::pair<int, int>, int64_t> summed_together_;  // products that sum along axes of both classes
};

}  // namespace cgan_jit
