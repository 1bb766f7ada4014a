#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"

namespace cgan_jit {

// What passes ask about index maps and about values that are only seen through one.

/// A value read through a map that stays inside of it.
struct View {
  Value source;
  IndexMap map;
};
/// A reindex that never fills as its source and map; any other value as itself.
View view_of(const Graph& graph, Value value);
/// True if the sum of a product that keeps the axes `kept` of `domain` is a contraction: each factor's map
/// uses one of them, of extent > 1, that the other's does not.
bool is_contraction(const IndexMap& lhs, const IndexMap& rhs, const std::vector<int>& kept,
                    const Shape& domain);

/// The same map on `domain`, without a coefficient on axes of extent 1 (their coordinate is always 0).
IndexMap without_unit_axes(IndexMap map, const Shape& domain);
/// Axes with a coefficient in some result, increasing.
std::vector<int> used_axes(const IndexMap& map);
bool uses_axis(const Affine& result, int axis);
bool uses_axis(const IndexMap& map, int axis);
/// Whether `axis` alone walks along one axis of what the map leads to, and along no other.
bool walks(const IndexMap& map, int axis);
/// The map on the domain of `axes` alone, increasing; the others' coefficients are dropped.
IndexMap restricted(const IndexMap& map, const std::vector<int>& axes);
/// True if some result lies outside of `target` for every point of `domain` (neither of which is empty).
bool misses(const IndexMap& map, const Shape& domain, const Shape& target);
/// The map from `to` to `from` when they differ only in axes of extent 1; nothing otherwise.
std::optional<IndexMap> unit_axes_map(const Shape& from, const Shape& to);
/// True if every coordinate outside of `extents` on `axis` is sent outside of `target`: some result is +-axis
/// + c and covers its target extent exactly.
bool guards(const IndexMap& map, int axis, const Shape& extents, const Shape& target);
/// Axes of `target` that the map leaves for some point of `domain`.
std::vector<int> left_axes(const IndexMap& map, const Shape& domain, const Shape& target);
/// One map for two neighbours along `axis`, of extents a and b there, when the second goes on evenly where
/// the first ends: a part of extent 1 has any step. Both maps are without unit axes.
std::optional<IndexMap> joined(const IndexMap& first, int64_t a, const IndexMap& second, int64_t b, int axis);

}  // namespace cgan_jit
