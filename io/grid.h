#pragma once

#include <cstdint>
#include <optional>
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

/// How many pictures a row of a grid of square pictures has, and how many pixels a side of each.
struct GridSize {
  int columns = 0, side = 0;
};

/// Of a grid that has so many rows; nothing when the image is none.
std::optional<GridSize> grid_size(const Image& image, int rows);

/// One row of such a grid, as strip() would have painted it.
Image grid_row(const Image& image, int rows, int row);

}  // namespace cgan_jit::io
