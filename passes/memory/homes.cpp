#include "passes/memory/homes.h"

#include <fmt/ranges.h>

#include "passes/graph/access.h"

namespace cgan_jit {

Home whole_home(int root, const Shape& shape, const Layout& layout) {
  Home home;
  home.root = root;
  home.strides = axis_strides(shape, layout);
  if (shape.empty()) return home;
  home.lane_axis = layout.lane_axis;
  home.width = layout.width;
  home.block_stride = shape[layout.lane_axis] > layout.width ? block_stride(shape, layout) : 0;
  home.padded = layout.width % 16 == 0;
  return home;
}

Home part_home(Home whole, int axis, int64_t offset) {
  whole.padded = whole.padded && axis != whole.lane_axis;
  if (axis != whole.lane_axis || whole.block_stride == 0) {
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
  if (base.lane_axis >= 0 || home.block_stride == 0) return base;
  // The lanes' axis is gone: its one coordinate is 0.
  base.base += home.lane_shift / home.width * home.block_stride + home.lane_shift % home.width;
  base.block_stride = base.lane_shift = 0;
  return base;
}

bool lies_as_laid_out(const Node& node, const Home& home) {
  if (node.type.shape.empty()) return true;
  const Layout layout = layout_of(node);
  const bool cut = node.type.shape[layout.lane_axis] > layout.width;
  return home.lane_axis == layout.lane_axis && home.width == layout.width && home.lane_shift == 0 &&
         cut == (home.block_stride != 0) && home.strides[layout.lane_axis] == 1;
}

std::string to_string(const Home& home) {
  std::string text = fmt::format("root {} from {} strides {}", home.root, home.base, home.strides);
  if (home.lane_axis >= 0 && home.block_stride > 0)
    text += fmt::format(" axis {} in blocks of {}, {} apart", home.lane_axis, home.width, home.block_stride);
  if (home.lane_shift > 0) text += fmt::format(" shifted by {}", home.lane_shift);
  return text;
}

}  // namespace cgan_jit
