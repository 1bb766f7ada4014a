#include "passes/graph/views.h"

#include <algorithm>
#include <cstdlib>

#include "passes/graph/build.h"

namespace cgan_jit {

View view_of(const Graph& graph, Value value) {
  const Node& node = graph[value];
  const auto* reindex = as<Reindex>(node);
  if (!reindex) return {value, identity_map(rank_of(node.type.shape))};
  return in_bounds(reindex->map, node.type.shape, graph.shape(node.operands[0]))
             ? View{node.operands[0], reindex->map}
             : View{value, identity_map(rank_of(node.type.shape))};
}

IndexMap without_unit_axes(IndexMap map, const Shape& domain) {
  for (Affine& result : map.results) {
    for (int axis = 0; axis < map.rank; ++axis) {
      if (domain[axis] == 1) result.coefficients[axis] = 0;
    }
  }
  return map;
}

bool uses_axis(const Affine& result, int axis) { return result.coefficients[axis] != 0; }

bool uses_axis(const IndexMap& map, int axis) {
  return std::any_of(map.results.begin(), map.results.end(),
                     [&](const Affine& result) { return uses_axis(result, axis); });
}

bool is_contraction(const IndexMap& lhs, const IndexMap& rhs, const std::vector<int>& kept,
                    const Shape& domain) {
  const auto has_own = [&](const IndexMap& map, const IndexMap& other) {
    return std::any_of(kept.begin(), kept.end(), [&](int axis) {
      return domain[axis] > 1 && uses_axis(map, axis) && !uses_axis(other, axis);
    });
  };
  return has_own(lhs, rhs) && has_own(rhs, lhs);
}

std::vector<int> used_axes(const IndexMap& map) {
  std::vector<int> axes;
  for (int axis = 0; axis < map.rank; ++axis) {
    if (uses_axis(map, axis)) axes.push_back(axis);
  }
  return axes;
}

bool walks(const IndexMap& map, int axis) {
  const auto uses = std::count_if(map.results.begin(), map.results.end(),
                                  [&](const Affine& result) { return uses_axis(result, axis); });
  return uses == 1 && std::any_of(map.results.begin(), map.results.end(),
                                  [&](const Affine& result) { return result.plain_axis() == axis; });
}

IndexMap restricted(const IndexMap& map, const std::vector<int>& axes) {
  IndexMap small{static_cast<int>(axes.size()), {}};
  for (const Affine& result : map.results) {
    Affine kept{result.offset, {}};
    for (int axis : axes) kept.coefficients.push_back(result.coefficients[axis]);
    small.results.push_back(std::move(kept));
  }
  return small;
}

bool misses(const IndexMap& map, const Shape& domain, const Shape& target) {
  for (size_t i = 0; i < map.results.size(); ++i) {
    const auto [low, high] = map.results[i].range(domain);
    if (high < 0 || low >= target[i]) return true;
  }
  return false;
}

std::optional<IndexMap> unit_axes_map(const Shape& from, const Shape& to) {
  const int rank = rank_of(to);
  IndexMap map{rank, {}};
  int next = 0;
  for (int64_t extent : from) {
    Affine result{0, std::vector<int64_t>(rank, 0)};
    if (extent != 1) {
      while (next < rank && to[next] == 1) ++next;
      if (next == rank || to[next] != extent) return {};
      result.coefficients[next++] = 1;
    }
    map.results.push_back(std::move(result));
  }
  while (next < rank && to[next] == 1) ++next;
  return next == rank ? std::optional(map) : std::nullopt;
}

bool guards(const IndexMap& map, int axis, const Shape& extents, const Shape& target) {
  for (size_t i = 0; i < map.results.size(); ++i) {
    const Affine& result = map.results[i];
    if (std::abs(result.coefficients[axis]) != 1) continue;
    const auto others = std::count_if(result.coefficients.begin(), result.coefficients.end(),
                                      [](int64_t c) { return c != 0; });
    if (others == 1 && result.range(extents) == std::pair<int64_t, int64_t>{0, target[i] - 1}) return true;
  }
  return false;
}

std::vector<int> left_axes(const IndexMap& map, const Shape& domain, const Shape& target) {
  std::vector<int> axes;
  for (int i = 0; i < rank_of(target); ++i) {
    const auto [low, high] = map.results[i].range(domain);
    if (low < 0 || high >= target[i]) axes.push_back(i);
  }
  return axes;
}

namespace {

/// The step along `axis` if both parts can have the same: a part of extent 1 has any.
std::optional<int64_t> common_step(const Affine& first, int64_t a, const Affine& second, int64_t b,
                                   int axis) {
  if (a > 1 && b > 1 && first.coefficients[axis] != second.coefficients[axis]) return {};
  if (a > 1) return first.coefficients[axis];
  if (b > 1) return second.coefficients[axis];
  return second.offset - first.offset;
}

}  // namespace

std::optional<IndexMap> joined(const IndexMap& first, int64_t a, const IndexMap& second, int64_t b,
                               int axis) {
  IndexMap map{first.rank, {}};
  for (size_t i = 0; i < first.results.size(); ++i) {
    const std::optional<int64_t> step = common_step(first.results[i], a, second.results[i], b, axis);
    if (!step) return {};
    Affine one = first.results[i], two = second.results[i];
    one.coefficients[axis] = two.coefficients[axis] = *step;
    two.offset -= *step * a;
    if (one != two) return {};
    map.results.push_back(std::move(one));
  }
  return map;
}

}  // namespace cgan_jit
