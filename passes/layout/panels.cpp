#include "passes/layout/panels.h"

#include <algorithm>

#include "ir/integer.h"
#include "passes/graph/build.h"

namespace cgan_jit {

Layout panels(const Shape& shape, int axis) {
  return {axis, std::min(panel_width, round_up(std::max<int64_t>(shape[axis], 1), 16))};
}

namespace {

int longest_axis(const Shape& shape) {
  return static_cast<int>(std::max_element(shape.begin(), shape.end()) - shape.begin());
}

int param_lanes(const Shape& shape) {
  const auto is_wide = [](int64_t extent) { return extent >= 16; };
  if (rank_of(shape) == 2 && is_wide(shape[1])) return 1;
  const auto first = std::find_if(shape.begin(), shape.end(), is_wide);
  return first != shape.end() ? static_cast<int>(first - shape.begin()) : longest_axis(shape);
}

}  // namespace

Layout param_layout(const Shape& shape) {
  if (rank_of(shape) < 2) return row_major(shape);
  const int lanes = param_lanes(shape);
  return with_inner_axis(panels(shape, lanes), shape, lanes == 0 ? 1 : 0);
}

}  // namespace cgan_jit
