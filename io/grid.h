#pragma once

#include <cstdint>
#include <span>

#include "io/png.h"

namespace cgan_jit::io {

/// A byte for a value of [-1, 1]: -1 black, 1 white, to the nearest; outside: the end; NaN: black.
uint8_t to_pixel(float value);

/// Pictures of `height` x `width` values of [-1, 1], [rows * columns][height][width], row by row, on black
/// with a margin of 2 pixels around each. Throws Error when the values are not that many.
Image grid(std::span<const float> pictures, int rows, int columns, int height, int width);

/// One row of pictures, [count][height][width]. Throws Error when the values are no whole number of pictures,
/// or none.
Image strip(std::span<const float> pictures, int height, int width);

}  // namespace cgan_jit::io
