#include "ir/home.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "ir/integer.h"

namespace cgan_jit {
namespace {

/// Gives the axes their strides: `inner` (-1: none) has the smallest, from `stride` on, then all that have
/// none yet, the last one first, then `outer`.
void lay_out(const Shape& shape, int outer, int inner, int64_t stride, std::vector<int64_t>& strides) {
  const auto place = [&](int axis) {
    if (axis < 0 || strides[axis] != 0) return;
    strides[axis] = stride;
    stride *= shape[axis];
  };
  place(inner);
  for (int axis = rank_of(shape) - 1; axis >= 0; --axis) {
    if (axis != outer) place(axis);
  }
  place(outer);
}

}  // namespace

Home whole_home(const Shape& shape, const Layout& layout) {
  Home home;
  home.strides.resize(shape.size());
  if (shape.empty()) return home;
  home.strides[layout.lane_axis] = 1;
  lay_out(shape, -1, layout.inner_axis, layout.width, home.strides);
  home.lane_axis = layout.lane_axis;
  home.width = layout.width;
  const int64_t blocks = ceil_div(shape[layout.lane_axis], std::max<int64_t>(1, layout.width));
  home.block_stride = blocks > 1 ? stored_elements(shape, layout) / blocks : 0;
  home.padded = layout.width % 16 == 0;
  return home;
}

Home part_home(Home whole, int axis, int64_t offset) {
  whole.padded = whole.padded && axis != whole.lane_axis;
  if (!whole.cuts(axis)) {
    whole.base += offset * whole.strides[axis];
  } else if (whole.lane_shift == 0 && offset % whole.width == 0) {
    whole.base += offset / whole.width * whole.block_stride;
  } else {
    whole.lane_shift += offset;
  }
  return whole;
}

Home renamed_home(const Home& home, const std::vector<int>& axes) {
  Home base = home;
  base.strides.clear();
  base.lane_axis = -1;
  for (size_t axis = 0; axis < axes.size(); ++axis) {
    base.strides.push_back(axes[axis] < 0 ? 0 : home.strides[axes[axis]]);
    if (axes[axis] >= 0 && axes[axis] == home.lane_axis) base.lane_axis = static_cast<int>(axis);
  }
  if (base.lane_axis >= 0 || !home.is_cut()) return base;
  // The lanes' axis is gone: its one coordinate is 0.
  base.base += home.lane_shift / home.width * home.block_stride + home.lane_shift % home.width;
  base.block_stride = base.lane_shift = 0;
  return base;
}

Home block_home(const Shape& shape, const BlockAxes& axes, int64_t lane_extent) {
  Home home;
  home.strides.resize(shape.size());
  home.lane_axis = axes.lanes;
  home.width = lane_extent;
  home.padded = true;
  home.strides[axes.lanes] = 1;
  lay_out(shape, axes.rows, axes.inner, lane_extent, home.strides);
  return home;
}

int64_t block_elements(const Shape& shape, const BlockAxes& axes, int64_t lane_extent, int64_t rows) {
  int64_t elements = rows * lane_extent;
  for (int axis = 0; axis < rank_of(shape); ++axis) {
    if (axis != axes.rows && axis != axes.lanes) elements *= shape[axis];
  }
  return elements;
}

int64_t offset_of(const Home& home, const std::vector<int64_t>& at) {
  int64_t offset = home.base;
  for (int axis = 0; axis < static_cast<int>(at.size()); ++axis) {
    if (!home.cuts(axis)) offset += at[axis] * home.strides[axis];
  }
  if (!home.is_cut()) return offset;
  const int64_t lane = at[home.lane_axis] + home.lane_shift;
  return offset + lane / home.width * home.block_stride + lane % home.width;
}

int64_t stride_along(const Home& home, const IndexMap& map, int axis) {
  int64_t stride = 0;
  for (size_t i = 0; i < home.strides.size(); ++i)
    stride += map.results[i].coefficients[axis] * home.strides[i];
  return stride;
}

std::string to_string(const Home& home) {
  std::string text = fmt::format("from {} strides {}", home.base, home.strides);
  if (home.is_cut())
    text += fmt::format(" axis {} in blocks of {}, {} apart", home.lane_axis, home.width, home.block_stride);
  if (home.lane_shift > 0) text += fmt::format(" shifted by {}", home.lane_shift);
  return text;
}

}  // namespace cgan_jit
