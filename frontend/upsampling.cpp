#include <cmath>

#include "frontend/emit.h"
#include "frontend/ops.h"

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

/// f32: the number of each new pixel.
Tensor numbered(const Located& x, int64_t extent) {
  return cast(at(x.builder->iota(0, {extent}, x.where), x), DType::f32);
}

/// The old pixel that f32 `place` lies in.
Tensor pixel_at(const Located& place, int64_t old) {
  return minimum(at(cast(at(floor(place), place), DType::i32), place), old - 1);
}

/// x's elements with these coordinates on the axis.
Tensor taken(const Located& x, int axis, const Tensor& indices) {
  std::vector<int> order(x.rank()), back(x.rank());
  for (int i = 0; i < x.rank(); ++i) {
    order[i] = i == 0 ? axis : i <= axis ? i - 1 : i;
    back[order[i]] = i;
  }
  return permute(at(embedding(at(permute(x, order), x), at(indices, x)), x), back);
}

/// Between the two pixels around each of f32 `places`, which are not negative.
Tensor mixed_at(const Located& x, int axis, const Located& places) {
  const int64_t old = x.shape()[axis];
  const Located before = at(pixel_at(places, old), x);
  const Tensor after = minimum(at(before + 1, x), old - 1);
  Shape along(static_cast<size_t>(x.rank() - axis), 1);
  along[0] = places.shape()[0];
  const Located share = at(reshape(at(places - cast(before, DType::f32), x), along), x);
  return at(at(taken(x, axis, before), x) * at(Operand(1, x.where) - share, x), x) +
         at(at(taken(x, axis, after), x) * share, x);
}

/// What rounding may take from a place that is a whole number.
constexpr double slack = 0x1p-13;

Tensor nearest(const Located& x, int axis, const Growth& growth) {
  const int64_t old = x.shape()[axis];
  if (const std::optional<int64_t> times = growth.times(old)) return repeated(x, axis, *times);
  const Located place = at(at(numbered(x, growth.extent), x) * growth.step, x);
  return taken(x, axis, pixel_at(at(place + slack, x), old));
}

Tensor between_corners(const Located& x, int axis, int64_t extent) {
  const int64_t old = x.shape()[axis];
  const double step = extent > 1 ? static_cast<double>(old - 1) / static_cast<double>(extent - 1) : 0;
  return mixed_at(x, axis, at(at(numbered(x, extent), x) * step, x));
}

Tensor between_squares(const Located& x, int axis, const Growth& growth) {
  if (const std::optional<int64_t> times = growth.times(x.shape()[axis]))
    return mixed_by_parts(x, axis, *times);
  const Located middle = at(at(at(numbered(x, growth.extent), x) + 0.5, x) * growth.step, x);
  return mixed_at(x, axis, at(maximum(at(middle - 0.5, x), 0), x));
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
  require_dtype(x, DType::f32, "interpolate");
  require_image(x, "interpolate");
  const int h = x.rank() - 2, w = h + 1;
  if (how.align_corners && how.mode == Interpolation::nearest)
    fail(x.where, fmt::format("interpolate: {}: align_corners is for bilinear", to_string(x.shape())));
  const Growth rows = checked_growth(x, h, how.size.height, how.scale_factor.height);
  const Growth columns = checked_growth(x, w, how.size.width, how.scale_factor.width);
  return interpolated(at(interpolated(x, h, rows, how), x), w, columns, how);
}

}  // namespace cgan_jit
