#include "ir/row_access.h"

#include <algorithm>
#include <utility>

#include "ir/integer.h"

namespace cgan_jit {

namespace {

/// Cuts the row to where 0 <= first + i * step < extent.
void cut(Row& row, int64_t first, int64_t step, int64_t extent) {
  if (step == 0) {
    if (first < 0 || first >= extent) row.end = row.begin;
    return;
  }
  const int64_t at_first = -first, at_last = extent - 1 - first;
  row.begin = std::max(row.begin, ceil_div(step > 0 ? at_first : at_last, step));
  row.end = std::min(row.end, floor_div(step > 0 ? at_last : at_first, step) + 1);
  if (row.begin >= row.end) row.begin = row.end = 0;
}

}  // namespace

RowAccess::RowAccess(const IndexMap& map, const Shape& domain, const Shape& target)
    : domain_(domain), element_{0, std::vector<int64_t>(map.rank, 0)} {
  const std::vector<int64_t> strides = row_major_strides(target);
  for (size_t i = 0; i < map.results.size(); ++i) {
    const Affine& result = map.results[i];
    const auto add = [&](int64_t& sum, int64_t term) {
      sum = wrapped_sum(sum, wrapped_product(strides[i], term));
    };
    add(element_.offset, result.offset);
    for (int axis = 0; axis < map.rank; ++axis) add(element_.coefficients[axis], result.coefficients[axis]);
    if (element_count(domain) == 0) continue;
    const auto [low, high] = result.range(domain);
    if (low < 0 || high >= target[i]) guards_.push_back({result, target[i]});
  }
}

Row RowAccess::row(const std::vector<int64_t>& point, int axis) const {
  Row row{element_.at(point), element_.coefficients[axis], 0, domain_[axis]};
  for (const Guard& guard : guards_) {
    cut(row, guard.coordinate.at(point), guard.coordinate.coefficients[axis], guard.extent);
  }
  return row;
}

RowDomain with_rows(Shape shape, IndexMap map) {
  if (!shape.empty()) return {std::move(shape), std::move(map)};
  map.rank = 1;
  for (Affine& result : map.results) result.coefficients = {0};
  return {{1}, std::move(map)};
}

}  // namespace cgan_jit
