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

/// Where new pixels lie among `old` ones.
struct Places {
  int64_t old, extent;
  float step;
  bool squares = false;  // middles of squares, not corners, are `step` apart

  Tensor of(const Tensor& pixels) const;  // f32, of i32
  std::vector<double> of(int64_t pixel) const;
  float apart() const { return step > 0 ? 1 / step : 0; }  // new pixels of neighbours
};

Tensor Places::of(const Tensor& pixels) const {
  const Tensor i = cast(pixels, DType::f32);
  return squares ? maximum((i + 0.5) * step - 0.5, 0) : i * step;
}

/// All that may come of it: rounded twice, once, or in double precision.
std::vector<double> Places::of(int64_t pixel) const {
  const auto i = static_cast<float>(pixel);
  if (!squares) return {i * step, static_cast<double>(i) * step};
  const volatile float product = (i + 0.5F) * step;
  std::vector<double> places{product - 0.5F, std::fma(i + 0.5F, step, -0.5F), (i + 0.5) * step - 0.5};
  for (double& place : places) place = std::max(place, 0.0);
  return places;
}

/// The old pixel at a place, or the one `after` it; the last stands for those that would follow.
Tensor pixel_at(const Tensor& place, const Places& places, int after) {
  return minimum(cast(place, DType::i32) + after, places.old - 1);
}

/// New pixels that may show an old one j, in float or double precision: `count` of them from j / step,
/// rounded down, plus `first`.
struct Window {
  int64_t first = 0, count = 1;
};

Window window_of(const Places& places, int after) {
  int64_t least = places.extent, most = -places.extent;
  for (int64_t i = 0; i < places.extent; ++i) {
    for (double place : places.of(i)) {
      const auto j = static_cast<float>(std::min(static_cast<int64_t>(place) + after, places.old - 1));
      for (double first :
           {static_cast<double>(j * places.apart()), static_cast<double>(j) * places.apart()}) {
        least = std::min(least, i - static_cast<int64_t>(first));
        most = std::max(most, i - static_cast<int64_t>(first));
      }
    }
  }
  return {least, most - least + 1};
}

/// New pixels [extent, ...] of old ones [old, ...], each the one at its place or `after` it. Each old pixel
/// collects its gradient from the few new ones around it.
Tensor taken_rows(const Located& x, const Places& places, int after) {
  Builder& builder = *x.builder;
  const auto shown_by = [&](const Tensor& pixels) { return pixel_at(places.of(pixels), places, after); };
  const Tensor taken = embedding(x, at(shown_by(builder.iota(0, {places.extent}, x.where)), x));
  const Window window = window_of(places, after);
  const Shape around{places.old, window.count};
  const Tensor old = builder.iota(0, around, x.where);
  const Tensor from = cast(cast(old, DType::f32) * places.apart(), DType::i32) + window.first;
  const Tensor pixels = from + builder.iota(1, around, x.where);
  Shape spread(x.shape().size() + 1, 1);
  std::copy(around.begin(), around.end(), spread.begin());
  const Tensor shown = where(at(reshape(shown_by(pixels) == old, spread), x), unsqueeze(x, 1), 0);
  const Tensor placed = builder.add(x.where, Deposit{}, {pixels, shown}, taken.type());
  return builder.with_gradient_of(placed, taken, x.where);
}

Tensor taken(const Located& x, int axis, const Places& places, int after) {
  return movedim(at(taken_rows(at(movedim(x, axis, 0), x), places, after), x), 0, axis);
}

/// PyTorch multiplies floats. A step some last places longer finds the same pixels with more room below them,
/// so that other precisions find them, too.
float nearest_step(const Growth& growth) {
  const auto step = static_cast<float>(growth.step);
  float longer = step;
  for (int tries = 0; tries < 4; ++tries, longer = std::nextafter(longer, 2 * step)) {
    int64_t i = 0;
    const auto finds_its_pixel = [&](float with) {
      const auto pixel = static_cast<int64_t>(static_cast<float>(i) * step);
      return static_cast<int64_t>(static_cast<float>(i) * with) == pixel &&
             static_cast<int64_t>(static_cast<double>(i) * with) == pixel;
    };
    while (i < growth.extent && finds_its_pixel(longer)) ++i;
    if (i == growth.extent) return longer;
  }
  return step;
}

Tensor nearest(const Located& x, int axis, const Growth& growth) {
  const int64_t old = x.shape()[axis];
  if (const std::optional<int64_t> times = growth.times(old)) return repeated(x, axis, *times);
  return taken(x, axis, {old, growth.extent, nearest_step(growth)}, 0);
}

/// Between the pixel at a place and the one after it.
Tensor mixed_at(const Located& x, int axis, const Places& places) {
  const Tensor place = places.of(x.builder->iota(0, {places.extent}, x.where));
  Shape along(static_cast<size_t>(x.rank() - axis), 1);
  along[0] = places.extent;
  const Tensor share = reshape(place - cast(pixel_at(place, places, 0), DType::f32), along);
  return taken(x, axis, places, 0) * (1 - share) + taken(x, axis, places, 1) * share;
}

Tensor between_corners(const Located& x, int axis, int64_t extent) {
  const int64_t old = x.shape()[axis];
  const double step = extent > 1 ? static_cast<double>(old - 1) / static_cast<double>(extent - 1) : 0;
  return mixed_at(x, axis, {old, extent, static_cast<float>(step)});
}

Tensor between_squares(const Located& x, int axis, const Growth& growth) {
  const std::optional<int64_t> times = growth.times(x.shape()[axis]);
  return times ? mixed_by_parts(x, axis, *times)
               : mixed_at(x, axis, {x.shape()[axis], growth.extent, static_cast<float>(growth.step), true});
}

Tensor interpolated(const Located& x, int axis, const Growth& growth, const InterpolateOptions& how) {
  if (how.mode == Interpolation::nearest) return nearest(x, axis, growth);
  return how.align_corners ? between_corners(x, axis, growth.extent) : between_squares(x, axis, growth);
}

Growth checked_growth(const Located& x, int axis, int64_t size, double scale) {
  const int64_t old = x.shape()[axis];
  const double extent = size != 0 ? static_cast<double>(size) : std::floor(static_cast<double>(old) * scale);
  if ((size == 0) == (scale == 0) || !(extent >= 1) || extent > static_cast<double>(most_extent) || old < 1)
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
