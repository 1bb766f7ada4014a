#include <algorithm>

#include "ir/integer.h"
#include "ir/verify.h"
#include "passes/graph/views.h"
#include "passes/simplify/rules.h"

namespace cgan_jit {
namespace {

bool used_once(const IndexMap& map, int axis) {
  return std::count_if(map.results.begin(), map.results.end(),
                       [&](const Affine& result) { return uses_axis(result, axis); }) == 1;
}

std::optional<Strides> strides_of_result(const IndexMap& map, int number, const Shape& domain) {
  const Affine& result = map.results[number];
  Strides strides{number, 0, 0, {}};
  for (int axis = 0; axis < map.rank; ++axis) {
    const int64_t coefficient = result.coefficients[axis];
    if (coefficient == 0) continue;
    if (!used_once(map, axis)) return {};
    if (coefficient == 1 && !strides.window) {
      strides.window = axis;
    } else if (coefficient >= 2 && strides.step == 0) {
      strides.step = coefficient;
      strides.position = axis;
    } else {
      return {};
    }
  }
  const bool side_by_side = strides.window && domain[*strides.window] == strides.step && result.offset == 0;
  return strides.step == 0 || side_by_side ? std::nullopt : std::optional(strides);
}

}  // namespace

std::optional<Strides> strides_of(const IndexMap& map, const Shape& domain) {
  if (rank_of(domain) + 2 + static_cast<int>(map.results.size()) > most_axes) return {};
  for (int result = 0; result < static_cast<int>(map.results.size()); ++result) {
    if (const auto found = strides_of_result(map, result, domain)) return found;
  }
  return {};
}

// The place step * position + window + offset is step * q + r for the r from 0 on below the step and
// window = step * m + r - offset % step, q = position + m + offset / step: m and r take the window's place.
Value by_remainders(Graph& graph, Value in, IndexMap map, const Shape& shape, const Strides& strides) {
  Shape domain = graph.shape(in);
  if (!strides.window) {
    domain.push_back(1);
    in = simple_reshape(graph, in, domain);
    for (Affine& result : map.results) result.coefficients.push_back(0);
  }
  const int window = strides.window.value_or(rank_of(domain) - 1), remainder = rank_of(domain);
  const int64_t step = strides.step, offset = map.results[strides.result].offset;
  const int64_t shift = offset - floor_div(offset, step) * step;
  domain[window] = ceil_div(domain[window] + shift, step);
  domain.push_back(step);

  IndexMap back = identity_map(rank_of(domain));
  back.results.pop_back();
  back.results[window] = {-shift, std::vector<int64_t>(domain.size(), 0)};
  back.results[window].coefficients[window] = step;
  back.results[window].coefficients[remainder] = 1;
  const Value split = simple_reindex(graph, in, back, domain);

  map.rank = rank_of(domain);
  for (Affine& result : map.results) result.coefficients.push_back(0);
  Affine& quotient = map.results[strides.result];
  quotient.offset = floor_div(offset, step);
  quotient.coefficients[strides.position] = quotient.coefficients[window] = 1;
  map.results.insert(map.results.begin() + strides.result + 1, projection(map.rank, {remainder}).results[0]);
  Shape apart = shape, whole = shape;
  apart[strides.result] = ceil_div(shape[strides.result], step);
  apart.insert(apart.begin() + strides.result + 1, step);
  whole[strides.result] = apart[strides.result] * step;
  const Value sums = simple_reshape(graph, simple_scatter(graph, split, std::move(map), apart), whole);
  return whole == shape ? sums : simple_reindex(graph, sums, identity_map(rank_of(shape)), shape);
}

}  // namespace cgan_jit
