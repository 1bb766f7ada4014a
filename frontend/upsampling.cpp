#include <algorithm>
#include <cmath>
#include <numeric>

#include "frontend/emit.h"
#include "frontend/ops.h"
#include "ir/integer.h"
#include "ir/standard_floats.h"

namespace cgan_jit {
namespace {

/// The axis behind `axis`, of extent `times`, becomes a part of it.
Tensor joined(const Located& x, int axis) { return flatten(x, axis, axis + 1); }

Tensor repeated(const Located& x, int axis, int64_t times) {
  const Located apart{unsqueeze(x, axis + 1), x.where};
  Shape shape = apart.shape();
  shape[axis + 1] = times;
  return joined({broadcast_to(apart, shape), x.where}, axis);
}

// Part r of an element lies (r + 1/2) / times - 1/2 from its middle: that far it is its neighbour's, and at
// the border, where there is none, its own.
Tensor mixed_by_parts(const Located& x, int axis, int64_t times) {
  if (x.shape()[axis] == 0 || times == 1) return repeated(x, axis, times);
  const int64_t extent = x.shape()[axis];
  const auto part = [&](int64_t begin, int64_t end) { return slice(x, axis, begin, end); };
  const Tensor before = concat({part(0, 1), part(0, extent - 1)}, axis, x.where);
  const Tensor after = concat({part(1, extent), part(extent - 1, extent)}, axis, x.where);
  Shape parts(static_cast<size_t>(x.rank() - axis), 1);
  parts[0] = times;
  const Tensor r = cast(x.builder->iota(0, parts), DType::f32);
  const Tensor off = (r + 0.5) * (1.0 / static_cast<double>(times)) - 0.5;
  const auto apart = [&](const Tensor& t) { return unsqueeze({t, x.where}, axis + 1); };
  const Tensor mixed =
      apart(x) * (1 - abs(off)) + apart(before) * maximum(-off, 0) + apart(after) * maximum(off, 0);
  return joined({mixed, x.where}, axis);
}

/// How an axis grows: to so many pixels, each `step` old ones from the next.
struct Growth {
  int64_t extent;
  double step;
  /// Every old pixel is as many new ones; nothing where it is not.
  std::optional<int64_t> times(int64_t old) const {
    const bool even = old > 0 && extent % old == 0 && step == static_cast<double>(old) / extent;
    return even ? std::optional(extent / old) : std::nullopt;
  }
};

/// Old coordinates of new pixels.
using Places = std::vector<int64_t>;

/// The least count of pixels after which the places go on as before, so many further.
int64_t period_of(const Places& places) {
  const int64_t count = std::ssize(places);
  const auto repeats = [&](int64_t period) {
    for (int64_t i = period; i < count; ++i) {
      if (places[i] - places[i - period] != places[period] - places[0]) return false;
    }
    return true;
  };
  int64_t period = 1;
  while (!repeats(period)) ++period;
  return period;
}

/// x's elements there: an evenly spaced slice for each pixel of a period.
Tensor taken(const Located& x, int axis, const Places& places) {
  const int64_t count = std::ssize(places), period = period_of(places);
  Shape shape = x.shape();
  shape[axis] = ceil_div(count, period);
  std::vector<Tensor> slices;
  for (int64_t i = 0; i < period; ++i) {
    IndexMap map = identity_map(x.rank());
    map.results[axis].offset = places[i];
    map.results[axis].coefficients[axis] = period < count ? places[period] - places[0] : 0;
    slices.push_back(emit_reindex(x, std::move(map), shape));
  }
  return slice(at(joined(at(stack(slices, axis + 1, x.where), x), axis), x), axis, 0, count);
}

Tensor numbered(const Located& x, int64_t extent) {
  return cast(at(x.builder->iota(0, {extent}, x.where), x), DType::f32);
}

/// PyTorch's rule, in its precision.
Tensor nearest(const Located& x, int axis, const Growth& growth) {
  const int64_t old = x.shape()[axis];
  if (const std::optional<int64_t> times = growth.times(old)) return repeated(x, axis, *times);
  Places places;
  for (int64_t i = 0; i < growth.extent; ++i) {
    const float place = static_cast<float>(i) * static_cast<float>(growth.step);
    places.push_back(std::min(static_cast<int64_t>(place), old - 1));
  }
  return taken(x, axis, places);
}

/// Between the two pixels around `first` + i * `step`, from -1 to the extent; the outermost ones go on
/// beyond.
Tensor mixed_at(const Located& x, int axis, const Growth& growth, double first) {
  const int64_t old = x.shape()[axis];
  const std::vector<Tensor> with_edges = {slice(x, axis, 0, 1), x, slice(x, axis, old - 1, old)};
  const Located wide = at(concat(with_edges, axis, x.where), x);
  Places before, after;  // in it
  for (int64_t i = 0; i < growth.extent; ++i) {
    const auto place = static_cast<int64_t>(std::floor(first + static_cast<double>(i) * growth.step)) + 1;
    before.push_back(place);
    after.push_back(place + 1);
  }
  const Located place = at(at(at(numbered(x, growth.extent), x) * growth.step, x) + first, x);
  const Tensor below = taken(at(at(numbered(x, old + 2), x) - 1, x), 0, before);
  Shape along(static_cast<size_t>(x.rank() - axis), 1);
  along[0] = growth.extent;
  const Located share = at(reshape(at(place - below, x), along), x);
  return at(at(taken(wide, axis, before), x) * at(Operand(1, x.where) - share, x), x) +
         at(at(taken(wide, axis, after), x) * share, x);
}

Tensor between_corners(const Located& x, int axis, int64_t extent) {
  const auto moves = static_cast<double>(x.shape()[axis] - 1);
  return mixed_at(x, axis, {extent, extent > 1 ? moves / static_cast<double>(extent - 1) : 0}, 0);
}

Tensor between_squares(const Located& x, int axis, const Growth& growth) {
  const std::optional<int64_t> times = growth.times(x.shape()[axis]);
  return times ? mixed_by_parts(x, axis, *times) : mixed_at(x, axis, growth, 0.5 * growth.step - 0.5);
}

Tensor interpolated(const Located& x, int axis, const Growth& growth, const InterpolateOptions& how) {
  if (how.mode == Interpolation::nearest) return nearest(x, axis, growth);
  return how.align_corners ? between_corners(x, axis, growth.extent) : between_squares(x, axis, growth);
}

Growth checked_growth(const Located& x, int axis, int64_t size, double scale) {
  const int64_t old = x.shape()[axis];
  const double extent = size != 0 ? static_cast<double>(size) : std::floor(static_cast<double>(old) * scale);
  if ((size == 0) == (scale == 0) || !(extent >= 1) || extent >= static_cast<double>(most_elements) ||
      old < 1)
    fail(x.where, fmt::format("interpolate: axis {} of {} to size {} or by scale_factor {}: one of both, "
                              "and a pixel at least before and after",
                              axis, to_string(x.shape()), size, scale));
  return {static_cast<int64_t>(extent), size != 0 ? static_cast<double>(old) / extent : 1 / scale};
}

}  // namespace

Tensor interpolate(const Located& x, const InterpolateOptions& how) {
  const StandardFloats standard;
  require_dtype(x, DType::f32, "interpolate");
  require_image(x, "interpolate");
  const int h = x.rank() - 2, w = h + 1;
  if (how.align_corners && how.mode == Interpolation::nearest)
    fail(x.where, fmt::format("interpolate: {}: align_corners is for bilinear", to_string(x.shape())));
  const Growth rows = checked_growth(x, h, how.size.height, how.scale_factor.height);
  const Growth columns = checked_growth(x, w, how.size.width, how.scale_factor.width);
  return interpolated(at(interpolated(x, h, rows, how), x), w, columns, how);
}

namespace {

/// x's axes, the last two each as two of `inner` shape, in another order and as `outer`.
Tensor regrouped(const Located& x, const Shape& inner, const std::vector<int>& order, const Shape& outer) {
  const auto with_rest = [&](const Shape& last) {
    Shape shape(x.shape().begin(), x.shape().end() - 3);
    shape.insert(shape.end(), last.begin(), last.end());
    return shape;
  };
  std::vector<int> axes(x.shape().size() - 3);
  std::iota(axes.begin(), axes.end(), 0);
  for (int axis : order) axes.push_back(x.rank() - 3 + axis);
  const Located apart = at(reshape(x, with_rest(inner)), x);
  return reshape(at(permute(apart, axes), x), with_rest(outer));
}

/// Throws Error at x's line when no axis has room for the factor's square.
void require_factor(const Located& x, int64_t factor, std::string_view op) {
  require_extent(x, factor, op);
  require_extent(x, factor < (1 << 24) ? factor * factor : most_elements, op);
}

/// The last three extents; throws Error at x's line unless each is so many times some number.
Shape divided(const Located& x, const Shape& by, std::string_view op) {
  require_image(x, op);
  Shape last(x.shape().end() - 3, x.shape().end());
  for (size_t i = 0; i < last.size(); ++i) {
    if (by[i] < 1 || last[i] % by[i] != 0)
      fail(x.where, fmt::format("{}: {}: axis {} is no multiple of {}", op, to_string(x.shape()),
                                x.rank() - 3 + static_cast<int>(i), by[i]));
    last[i] /= by[i];
  }
  return last;
}

}  // namespace

Tensor pixel_shuffle(const Located& x, int64_t factor) {
  require_factor(x, factor, "pixel_shuffle");
  const Shape last = divided(x, {factor * factor, 1, 1}, "pixel_shuffle");
  const int64_t c = last[0], h = last[1], w = last[2];
  return regrouped(x, {c, factor, factor, h, w}, {0, 3, 1, 4, 2}, {c, h * factor, w * factor});
}

Tensor pixel_unshuffle(const Located& x, int64_t factor) {
  require_factor(x, factor, "pixel_unshuffle");
  const Shape last = divided(x, {1, factor, factor}, "pixel_unshuffle");
  const int64_t c = last[0], h = last[1], w = last[2];
  return regrouped(x, {c, h, factor, w, factor}, {0, 2, 4, 1, 3}, {c * factor * factor, h, w});
}

}  // namespace cgan_jit
