#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "ir/integer.h"
#include "ir/regrouping.h"
#include "ir/verify.h"
#include "passes/products/factored_sum.h"
#include "passes/simplify/rules.h"

namespace cgan_jit {
namespace {

// A value that shows each element of axis y of x `times` in a row is read at the place
//     sign * v + rest = times * q + r,   r below times,
// of its element q. v is a summed axis, and what the other side walks along from end to end: so v's range is
// the other side's guard, and other coordinates may stand for it.
//   by elements   v = sign * (times * q + r - rest): for every element of x, all that is read of it (the
//                 gradient of a convolution's weight).
//   by windows    where rest is step * u + offset and a window of few v moves along u: u = parts * p + s with
//                 step * parts a multiple of times, and v = sign * (times * (a * s + b + t) + r - step * s -
//                 offset), q = step * parts / times * p + a * s + b + t: a window of fewer t moves along p,
//                 one for each s (a convolution of what was upsampled).
// x is not read through r any more, which a presum takes away.

/// An axis of a value that shows each element so many times in a row, and the value that has each once.
struct Repeat {
  int axis;
  int64_t times;
  Value once;
};

std::vector<Repeat> repeats_of(Graph& graph, Value value) {
  const Node& node = graph[value];
  const auto* spread = as<Reshape>(node) ? as<Reindex>(graph[node.operands[0]]) : nullptr;
  if (!spread) return {};
  const Shape apart = graph.shape(node.operands[0]);
  std::vector<Repeat> repeats;
  for (const Regrouping& group : regroupings(apart, node.type.shape)) {
    const int behind = group.first_from + 1;
    if (group.from.size() != 2 || group.to.size() != 1 || uses_axis(spread->map, behind)) continue;
    const std::vector<int> others = other_axes(rank_of(apart), {behind});
    const Value source = graph[node.operands[0]].operands[0];
    const Value once = simple_reindex(graph, source, restricted(spread->map, others),
                                      extents_of(apart, others), spread->fill);
    Shape shape = node.type.shape;
    shape[group.first_to] = group.from[0];
    repeats.push_back({group.first_to, group.from[1], simple_reshape(graph, once, shape)});
  }
  return repeats;
}

/// Where a side reads on a repeated axis: sign * v + rest.
struct Walk {
  int v;
  int64_t sign;
  Affine rest;  // without v
};

bool used_in_this_alone(const IndexMap& map, int result, int axis) {
  for (int i = 0; i < static_cast<int>(map.results.size()); ++i) {
    if (uses_axis(map.results[i], axis) != (i == result)) return false;
  }
  return true;
}

/// The other side walks along `axis` of the domain from end to end.
bool is_guarded_by(const Graph& graph, const View& side, const FactoredSum& sum, int axis) {
  if (!walks(side.map, axis)) return false;
  const auto along = std::find_if(side.map.results.begin(), side.map.results.end(),
                                  [&](const Affine& result) { return uses_axis(result, axis); });
  return graph.shape(side.source)[along - side.map.results.begin()] == sum.domain[axis];
}

std::vector<Walk> walks_on(const Graph& graph, const FactoredSum& sum, int side, int axis) {
  std::vector<Walk> found;
  const IndexMap& map = sum.sides[side].map;
  for (int v = sum.kept; v < map.rank; ++v) {
    const int64_t sign = map.results[axis].coefficients[v];
    if (std::abs(sign) != 1 || !used_in_this_alone(map, axis, v)) continue;
    if (!is_guarded_by(graph, sum.sides[1 - side], sum, v)) continue;
    Walk walk{v, sign, map.results[axis]};
    walk.rest.coefficients[v] = 0;
    found.push_back(std::move(walk));
  }
  return found;
}

/// A sum in other coordinates, and how many products a presum of r will leave of it.
struct Change {
  FactoredSum sum;
  int64_t products;
};

/// The domain with two axes in the place of each of `axes`; `back` leads from it to the old one, but for
/// those axes, of which it gives the first of the two.
struct Parting {
  Shape domain;
  IndexMap back;
  std::vector<int> first;  // of the new axes, for each old one
};
Parting parted(const Shape& domain, const std::vector<int>& axes) {
  Parting parting;
  for (int axis = 0; axis < rank_of(domain); ++axis) {
    parting.first.push_back(rank_of(parting.domain));
    const bool in_two = std::find(axes.begin(), axes.end(), axis) != axes.end();
    parting.domain.insert(parting.domain.end(), in_two ? 2 : 1, domain[axis]);
  }
  parting.back = projection(rank_of(parting.domain), parting.first);
  return parting;
}

/// `sum` on the new domain, where `side` reads the elements at `element` on the repeat's axis.
FactoredSum in_coordinates(const FactoredSum& sum, int side, const Repeat& repeat, Parting parting,
                           const Affine& element) {
  FactoredSum changed = sum;
  changed.domain = std::move(parting.domain);
  changed.kept = sum.kept == rank_of(sum.domain) ? rank_of(changed.domain) : parting.first[sum.kept];
  for (View& view : changed.sides) view.map = compose(view.map, parting.back);
  changed.sides[side].source = repeat.once;
  changed.sides[side].map.results[repeat.axis] = element;
  return changed;
}

Affine multiple_of(Affine affine, int64_t factor) {
  affine.offset = wrapped_product(affine.offset, factor);
  for (int64_t& coefficient : affine.coefficients) coefficient = wrapped_product(coefficient, factor);
  return affine;
}

std::optional<Change> by_elements(const Graph& graph, const FactoredSum& sum, int side, const Repeat& repeat,
                                  const Walk& walk) {
  const int sum_rank = rank_of(sum.domain);
  Parting changed = parted(sum.domain, {walk.v});
  const int q = changed.first[walk.v], r = q + 1;
  changed.domain[q] = graph.shape(repeat.once)[repeat.axis];
  changed.domain[r] = repeat.times;
  Affine v = multiple_of(compose({sum_rank, {walk.rest}}, changed.back).results[0], -walk.sign);
  v.coefficients[q] = walk.sign * repeat.times;
  v.coefficients[r] = walk.sign;
  changed.back.results[walk.v] = v;
  const Affine element = projection(changed.back.rank, {q}).results[0];
  const int64_t products = saturated_product(sum.products() / sum.domain[walk.v], changed.domain[q]);
  return Change{in_coordinates(sum, side, repeat, std::move(changed), element), products};
}

/// How windows move over repeated elements: along axis u of the domain, of parts * p + s, in steps. Of the
/// elements they read, for each p and s, those from slope * s + first on, `count` of them.
struct Passage {
  int u;
  int64_t step, parts;
  int64_t slope = 0, first = 0, count = 0;
};

/// Over the elements under offsets from `low` to `high`.
Passage over_elements(Passage passage, int64_t low, int64_t high, int64_t times) {
  // Step by step, neither end goes down with the slope 0, or up with 1: the first and the last step tell.
  const auto sloping = [&](int64_t slope) {
    const int64_t s = passage.parts - 1, moved = passage.step * s;
    const int64_t first = std::min(floor_div(low, times), floor_div(moved + low, times) - slope * s);
    const int64_t last = std::max(floor_div(high, times), floor_div(moved + high, times) - slope * s);
    return Passage{passage.u, passage.step, passage.parts, slope, first, last - first + 1};
  };
  const Passage level = sloping(0), rising = sloping(1);
  return rising.count < level.count ? rising : level;
}

std::optional<Passage> passage_of(const FactoredSum& sum, int side, const Repeat& repeat, const Walk& walk) {
  const std::vector<int> moving = used_axes({rank_of(sum.domain), {walk.rest}});
  if (moving.size() != 1 || !used_in_this_alone(sum.sides[side].map, repeat.axis, moving[0])) return {};
  const int64_t step = walk.rest.coefficients[moving[0]];
  if (step < 1 || step > repeat.times) return {};
  const int64_t far = walk.sign * (sum.domain[walk.v] - 1), offset = walk.rest.offset;
  return over_elements({moving[0], step, repeat.times / std::gcd(step, repeat.times)},
                       offset + std::min<int64_t>(far, 0), offset + std::max<int64_t>(far, 0), repeat.times);
}

std::optional<Change> by_windows(const FactoredSum& sum, int side, const Repeat& repeat, const Walk& walk) {
  const std::optional<Passage> passage = passage_of(sum, side, repeat, walk);
  if (!passage) return {};
  const auto& [u, step, parts, slope, first, count] = *passage;
  const int64_t times = repeat.times, whole = round_up(sum.domain[u], parts);
  if (u >= sum.kept && whole != sum.domain[u]) return {};

  Parting changed = parted(sum.domain, {u, walk.v});
  const int p = changed.first[u], s = p + 1, t = changed.first[walk.v], r = t + 1;
  changed.domain[p] = whole / parts, changed.domain[s] = parts;
  changed.domain[t] = count, changed.domain[r] = times;
  changed.back.results[u].coefficients[p] = parts;
  changed.back.results[u].coefficients[s] = 1;
  Affine element{first, std::vector<int64_t>(changed.domain.size(), 0)};
  element.coefficients[p] = step * parts / times;
  element.coefficients[s] = slope;
  element.coefficients[t] = 1;
  Affine v{times * first - walk.rest.offset, std::vector<int64_t>(changed.domain.size(), 0)};
  v.coefficients[s] = times * slope - step;
  v.coefficients[t] = times;
  v.coefficients[r] = 1;
  changed.back.results[walk.v] = multiple_of(std::move(v), walk.sign);

  const int64_t products =
      saturated_product(sum.products() / sum.domain[walk.v] / sum.domain[u], saturated_product(whole, count));
  Change change{in_coordinates(sum, side, repeat, std::move(changed), element), products};
  if (u < sum.kept) {
    const Shape result(sum.domain.begin(), sum.domain.begin() + sum.kept);
    Shape merged = result;
    merged[u] = whole;
    change.sum.mergings.push_back({merged, result});
  }
  return change;
}

bool is_in_limits(const Graph& graph, const FactoredSum& sum) {
  int64_t points = 1;
  for (int64_t extent : sum.domain) points = saturated_product(points, extent);
  return points <= most_elements && rank_of(sum.domain) <= most_axes &&
         std::all_of(sum.sides.begin(), sum.sides.end(), [&](const View& side) {
           return has_coordinates(side.map, sum.domain) && rank_of(graph.shape(side.source)) <= most_axes;
         });
}

}  // namespace

std::optional<FactoredSum> without_repeats(Graph& graph, const FactoredSum& sum) {
  std::optional<Change> best;
  const auto offer = [&](std::optional<Change> change) {
    if (!change || change->products >= (best ? best->products : sum.products())) return;
    if (is_in_limits(graph, change->sum)) best = std::move(change);
  };
  for (int side : {0, 1}) {
    for (const Repeat& repeat : repeats_of(graph, sum.sides[side].source)) {
      for (const Walk& walk : walks_on(graph, sum, side, repeat.axis)) {
        offer(by_elements(graph, sum, side, repeat, walk));
        offer(by_windows(sum, side, repeat, walk));
      }
    }
  }
  return best ? std::optional(best->sum) : std::nullopt;
}

}  // namespace cgan_jit
