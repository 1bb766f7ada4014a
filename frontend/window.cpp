#include "frontend/window.h"

#include "frontend/emit.h"

namespace cgan_jit {

int64_t Window::positions(int64_t extent) const {
  const int64_t moves = extent + 2 * padding - reach(), whole = moves / stride + 1;
  const bool one_more = ceil_mode && moves % stride != 0 && whole * stride < extent + padding;
  return one_more ? whole + 1 : whole;
}

Affine Window::along(int rank, int position, int within) const {
  Affine affine{-padding, std::vector<int64_t>(rank, 0)};
  affine.coefficients[position] = stride;
  affine.coefficients[within] = dilation;
  return affine;
}

void Window::require_sound(const Located& x, std::string_view op) const {
  for (int64_t extent : {size, stride, padding, dilation}) require_extent(x, extent, op);
  if (size < 1 || stride < 1 || dilation < 1 || dilation > most_elements / size)
    fail(x.where, fmt::format("{}: {} by a window of {}, stride {} and dilation {}: each is 1 or more", op,
                              to_string(x.shape()), size, stride, dilation));
}

void Window::require_fits(const Located& x, int axis, std::string_view op) const {
  require_sound(x, op);
  const int64_t extent = x.shape()[axis] + 2 * padding;
  if (extent < reach())
    fail(x.where, fmt::format("{}: {} by a window that spans {} of axis {}, which has {} with its padding",
                              op, to_string(x.shape()), reach(), axis, extent));
}

}  // namespace cgan_jit
