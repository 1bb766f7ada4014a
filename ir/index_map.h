#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/type.h"

namespace cgan_jit {

/// offset + sum over axes of coefficients[axis] * coordinate[axis].
struct Affine {
  int64_t offset = 0;
  std::vector<int64_t> coefficients;
  bool operator==(const Affine&) const = default;

  int64_t at(const std::vector<int64_t>& point) const;
  /// Smallest and largest value over the box `domain` (no axis of which may be empty).
  std::pair<int64_t, int64_t> range(const Shape& domain) const;
  /// The axis, if this is exactly one axis with coefficient 1 and offset 0.
  std::optional<int> plain_axis() const;
};

/// From the points of a domain of `rank` axes to coordinates: results[i] is the i-th target coordinate.
/// Text: "[i,j,k -> i,2*k+1]"; axes are the letters i,j,k,l,m,n,o,p,q,r,...
struct IndexMap {
  int rank = 0;
  std::vector<Affine> results;
  bool operator==(const IndexMap&) const = default;

  std::vector<int64_t> at(const std::vector<int64_t>& point) const;
};

IndexMap identity_map(int rank);
/// results[i] = axis axes[i] of a domain of `rank` axes.
IndexMap projection(int rank, const std::vector<int>& axes);
/// first then second: point -> second(first(point)). second.rank == first.results.size().
IndexMap compose(const IndexMap& second, const IndexMap& first);
bool is_identity(const IndexMap& map);
/// The axes, if every result is a plain axis and none appears twice.
std::optional<std::vector<int>> as_projection(const IndexMap& map);
/// True if every point of `domain` lands inside `target`.
bool in_bounds(const IndexMap& map, const Shape& domain, const Shape& target);
std::string to_string(const IndexMap& map);

}  // namespace cgan_jit
