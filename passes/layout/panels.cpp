#include "passes/layout/panels.h"

#include <algorithm>

#include "ir/integer.h"
#include "passes/graph/build.h"

namespace cgan_jit {

Layout panels(const Shape& shape, int axis) {
  return {axis, std::min(panel_width, round_up(std::max<int64_t>(shape[axis], 1), 16))};
}

Layout param_layout(const Shape& shape) {
  if (rank_of(shape) < 2) return row_major(shape);
  for (int axis = rank_of(shape); axis-- > 0;) {
    if (shape[axis] >= 16) return panels(shape, axis);
  }
  return panels(shape, static_cast<int>(std::max_element(shape.begin(), shape.end()) - shape.begin()));
}

}  // namespace cgan_jit
