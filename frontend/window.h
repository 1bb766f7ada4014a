#pragma once

#include <string_view>

#include "frontend/tensor.h"

namespace cgan_jit {

/// A window of `size` elements, `dilation` apart, that moves along an axis by `stride`, from `padding` before
/// its first element on.
struct Window {
  int64_t size = 1, stride = 1, padding = 0, dilation = 1;
  bool ceil_mode = false;  // it also fits where only its beginning lies before the padding behind

  int64_t reach() const { return dilation * (size - 1) + 1; }
  /// How often it fits into `extent` elements.
  int64_t positions(int64_t extent) const;
  /// How many elements so many positions need.
  int64_t spread(int64_t count) const { return (count - 1) * stride - 2 * padding + reach(); }
  /// The element under a domain's coordinates: `position` is the axis along which the window moves, `within`
  /// the one within it.
  Affine along(int rank, int position, int within) const;

  /// Throws Error at x's line unless stride, padding and dilation have a meaning.
  void require_sound(const Located& x, std::string_view op) const;
  /// Throws Error at x's line unless it also fits into x's axis.
  void require_fits(const Located& x, int axis, std::string_view op) const;
};

}  // namespace cgan_jit
