#include "ir/home.h"

#include <fmt/ranges.h>

namespace cgan_jit {
namespace {

/// Strides of all axes but two, row-major, from `stride` on; returns the next one.
int64_t lay_out(const Shape& shape, int first_left_out, int second_left_out, int64_t stride,
                std::vector<int64_t>& strides) {
  for (int axis = rank_of(shape) - 1; axis >= 0; --axis) {
    if (axis == first_left_out || axis == second_left_out) continue;
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return stride;
}

}  // namespace

Home whole_home(const Shape& shape, const Layout& layout) {
  Home home;
  home.strides.resize(shape.size());
  if (shape.empty()) return home;
  home.strides[layout.lane_axis] = 1;
  const int64_t apart = lay_out(shape, layout.lane_axis, -1, layout.width, home.strides);
  home.lane_axis = layout.lane_axis;
  home.width = layout.width;
  home.block_stride = shape[layout.lane_axis] > layout.width ? apart : 0;
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

Home block_home(const Shape& shape, int row_axis, int lane_axis, int64_t lane_extent) {
  Home home;
  home.strides.resize(shape.size());
  home.lane_axis = lane_axis;
  home.width = lane_extent;
  home.padded = true;
  home.strides[lane_axis] = 1;
  const int64_t row = lay_out(shape, row_axis, lane_axis, lane_extent, home.strides);
  if (row_axis >= 0) home.strides[row_axis] = row;
  return home;
}

int64_t block_elements(const Shape& shape, int row_axis, int lane_axis, int64_t lane_extent, int64_t rows) {
  int64_t elements = rows * lane_extent;
  for (int axis = 0; axis < rank_of(shape); ++axis) {
    if (axis != row_axis && axis != lane_axis) elements *= shape[axis];
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
