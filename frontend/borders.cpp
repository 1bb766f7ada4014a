#include <algorithm>

#include "frontend/emit.h"
#include "frontend/ops.h"

namespace cgan_jit {
namespace {

using Widths = std::pair<int64_t, int64_t>;

/// `count` of the axis's elements from `first` on, each `times` times.
struct Strip {
  int64_t first = 0, count = 0, times = 1;
  bool mirrored = false;
};

std::pair<Strip, Strip> strips(int64_t extent, const Widths& widths, Border border) {
  const auto [before, after] = widths;
  switch (border) {
    case Border::reflect:
      return {{1, before, 1, true}, {extent - 1 - after, after, 1, true}};
    case Border::replicate:
      return {{0, 1, before}, {extent - 1, 1, after}};
    case Border::circular:
      return {{extent - before, before}, {0, after}};
  }
  throw InternalError("internal error: a border out of range");
}

Tensor taken(const Located& x, int axis, const Strip& strip) {
  const Located part = at(slice(x, axis, strip.first, strip.first + strip.count), x);
  if (strip.mirrored) return flip(part, {axis});
  Shape shape = part.shape();
  shape[axis] *= strip.times;
  return broadcast_to(part, shape);
}

int64_t widest(int64_t extent, Border border) {
  switch (border) {
    case Border::reflect:
      return extent - 1;
    case Border::replicate:
      return extent > 0 ? most_elements : 0;
    case Border::circular:
      return extent;
  }
  throw InternalError("internal error: a border out of range");
}

void require_border(const Located& x, int axis, const Widths& widths, Border border) {
  const int64_t extent = x.shape()[axis], most = std::max<int64_t>(0, widest(extent, border));
  for (int64_t width : {widths.first, widths.second}) {
    require_extent(x, width, "pad");
    if (width > most)
      fail(x.where, fmt::format("pad: {} by {} beyond axis {}: it has elements for {} there",
                                to_string(x.shape()), width, axis, most));
  }
}

}  // namespace

Tensor pad(const Located& x, const std::vector<Widths>& widths, Border border) {
  require_widths(x, widths);
  for (int axis = 0; axis < x.rank(); ++axis) require_border(x, axis, widths[axis], border);
  Located y = x;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (widths[axis] == Widths{0, 0}) continue;
    const auto [before, after] = strips(x.shape()[axis], widths[axis], border);
    y = at(concat({taken(y, axis, before), y, taken(y, axis, after)}, axis, x.where), x);
  }
  return y;
}

}  // namespace cgan_jit
