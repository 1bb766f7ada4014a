#include "ir/index_map.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "ir/error.h"
#include "ir/integer.h"

namespace cgan_jit {

namespace {

std::string axis_name(int axis) {
  // i, j, ..., z, then a, b, ..., h: 26 axes.
  check(axis < 26, "axis {} has no letter", axis);
  return std::string(1, static_cast<char>('a' + (axis + 8) % 26));
}

std::string text_of(const Affine& affine) {
  std::string text;
  const auto append = [&](int64_t value, const std::string& factor) {
    if (!text.empty() && value > 0) text += '+';
    if (factor.empty()) {
      text += fmt::format("{}", value);
    } else if (value == 1 || value == -1) {
      text += (value < 0 ? "-" : "") + factor;
    } else {
      text += fmt::format("{}*{}", value, factor);
    }
  };
  for (size_t axis = 0; axis < affine.coefficients.size(); ++axis) {
    if (affine.coefficients[axis] != 0) append(affine.coefficients[axis], axis_name(static_cast<int>(axis)));
  }
  if (affine.offset != 0 || text.empty()) append(affine.offset, "");
  return text;
}

}  // namespace

int64_t Affine::at(const std::vector<int64_t>& point) const {
  int64_t value = offset;
  for (size_t axis = 0; axis < coefficients.size(); ++axis) value += coefficients[axis] * point[axis];
  return value;
}

std::pair<int64_t, int64_t> Affine::range(const Shape& domain) const {
  int64_t low = offset, high = offset;
  for (size_t axis = 0; axis < coefficients.size(); ++axis) {
    const int64_t reach = saturated_product(coefficients[axis], domain[axis] - 1);
    int64_t& end = reach < 0 ? low : high;
    end = saturated_sum(end, reach);
  }
  return {low, high};
}

std::optional<int> Affine::plain_axis() const {
  if (offset != 0) return {};
  std::optional<int> plain;
  for (size_t axis = 0; axis < coefficients.size(); ++axis) {
    if (coefficients[axis] == 0) continue;
    if (coefficients[axis] != 1 || plain) return {};
    plain = static_cast<int>(axis);
  }
  return plain;
}

std::vector<int64_t> IndexMap::at(const std::vector<int64_t>& point) const {
  std::vector<int64_t> target;
  target.reserve(results.size());
  for (const Affine& result : results) target.push_back(result.at(point));
  return target;
}

IndexMap identity_map(int rank) {
  std::vector<int> axes(rank);
  for (int axis = 0; axis < rank; ++axis) axes[axis] = axis;
  return projection(rank, axes);
}

IndexMap projection(int rank, const std::vector<int>& axes) {
  IndexMap map{rank, {}};
  for (int axis : axes) {
    check(axis >= 0 && axis < rank, "projection to axis {} of a domain of rank {}", axis, rank);
    Affine result{0, std::vector<int64_t>(rank, 0)};
    result.coefficients[axis] = 1;
    map.results.push_back(std::move(result));
  }
  return map;
}

IndexMap compose(const IndexMap& second, const IndexMap& first) {
  check(second.rank == static_cast<int>(first.results.size()),
        "compose: a map from rank {} after one to rank {}", second.rank, first.results.size());
  IndexMap map{first.rank, {}};
  for (const Affine& outer : second.results) {
    Affine result{outer.offset, std::vector<int64_t>(first.rank, 0)};
    for (size_t middle = 0; middle < first.results.size(); ++middle) {
      const Affine& inner = first.results[middle];
      const auto add = [&](int64_t& sum, int64_t term) {
        sum = wrapped_sum(sum, wrapped_product(outer.coefficients[middle], term));
      };
      add(result.offset, inner.offset);
      for (int axis = 0; axis < first.rank; ++axis) add(result.coefficients[axis], inner.coefficients[axis]);
    }
    map.results.push_back(std::move(result));
  }
  return map;
}

bool is_identity(const IndexMap& map) { return map == identity_map(map.rank); }

std::optional<std::vector<int>> as_projection(const IndexMap& map) {
  std::vector<int> axes;
  for (const Affine& result : map.results) {
    const std::optional<int> axis = result.plain_axis();
    if (!axis || std::find(axes.begin(), axes.end(), *axis) != axes.end()) return {};
    axes.push_back(*axis);
  }
  return axes;
}

bool in_bounds(const IndexMap& map, const Shape& domain, const Shape& target) {
  if (element_count(domain) == 0) return true;
  for (size_t i = 0; i < map.results.size(); ++i) {
    const auto [low, high] = map.results[i].range(domain);
    if (low < 0 || high >= target[i]) return false;
  }
  return true;
}

std::string to_string(const IndexMap& map) {
  std::vector<std::string> axes, results;
  for (int axis = 0; axis < map.rank; ++axis) axes.push_back(axis_name(axis));
  for (const Affine& result : map.results) results.push_back(text_of(result));
  return fmt::format("[{} -> {}]", fmt::join(axes, ","), fmt::join(results, ","));
}

}  // namespace cgan_jit
