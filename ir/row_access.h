#pragma once

#include <cstdint>
#include <vector>

#include "ir/index_map.h"

namespace cgan_jit {

/// The points begin <= i < end of a row, at base + i * stride in the target's row-major elements. Points of
/// the row outside begin..end land outside the target.
struct Row {
  int64_t base = 0, stride = 0;
  int64_t begin = 0, end = 0;
};

/// An index map as strides: where each point of a domain lands in a row-major target.
class RowAccess {
 public:
  RowAccess(const IndexMap& map, const Shape& domain, const Shape& target);

  /// The row along `axis` through `point` (whose coordinate on that axis must be 0).
  Row row(const std::vector<int64_t>& point, int axis) const;
  int64_t stride(int axis) const { return element_.coefficients[axis]; }

 private:
  struct Guard {
    Affine coordinate;
    int64_t extent;
  };

  Shape domain_;
  Affine element_;
  std::vector<Guard> guards_;  // the coordinates that may lie outside
};

/// A domain with at least one axis, so that it has rows, and a map from it.
struct RowDomain {
  Shape shape;
  IndexMap map;
  int last_axis() const { return static_cast<int>(shape.size()) - 1; }
};
/// A scalar's domain gets an axis of one point.
RowDomain with_rows(Shape shape, IndexMap map);

/// Calls visit(point) for every row of `domain` along `axis`: point[axis] is 0, the order row-major.
template <typename Visit>
void for_each_row(Shape domain, int axis, Visit&& visit) {
  if (domain[axis] == 0) return;
  domain[axis] = 1;
  for_each_point(domain, visit);
}

}  // namespace cgan_jit
