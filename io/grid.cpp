#include "io/grid.h"

#include <algorithm>
#include <cmath>

namespace cgan_jit::io {
namespace {

constexpr int frame = 2;  // pixels round each picture

void paint(Image& canvas, int top, int left, std::span<const float> picture, int height, int width) {
  for (int y = 0; y < height; ++y) {
    uint8_t* to = canvas.pixels.data() + (top + y) * canvas.width + left;
    for (int x = 0; x < width; ++x) to[x] = to_pixel(picture[y * width + x]);
  }
}

}  // namespace

uint8_t to_pixel(float value) {
  if (!(value > -1)) return 0;
  return static_cast<uint8_t>(std::lround((std::min(value, 1.0f) + 1) * 127.5f));
}

Image grid(std::span<const float> pictures, int rows, int columns, int height, int width) {
  const auto size = static_cast<size_t>(height) * width;
  if (rows <= 0 || columns <= 0 || height <= 0 || width <= 0 || pictures.size() != size * rows * columns) {
    throw Error("grid: {} values for {} x {} pictures of {} x {}", pictures.size(), rows, columns, height,
                width);
  }
  Image canvas{columns * (width + frame) + frame, rows * (height + frame) + frame, {}};
  canvas.pixels.resize(static_cast<size_t>(canvas.width) * canvas.height);
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      const auto picture = pictures.subspan((static_cast<size_t>(row) * columns + column) * size, size);
      paint(canvas, frame + row * (height + frame), frame + column * (width + frame), picture, height, width);
    }
  }
  return canvas;
}

Image strip(std::span<const float> pictures, int height, int width) {
  const auto size = static_cast<size_t>(std::max(height, 0)) * std::max(width, 0);
  if (size == 0 || pictures.empty() || pictures.size() % size != 0) {
    throw Error("strip: {} values are no whole number of pictures of {} x {}", pictures.size(), height,
                width);
  }
  return grid(pictures, 1, static_cast<int>(pictures.size() / size), height, width);
}

std::optional<GridSize> grid_size(const Image& image, int rows) {
  const int side = (image.height - frame) / rows - frame;
  if (side <= 0 || (image.height - frame) % rows != 0) return {};
  const int columns = (image.width - frame) / (side + frame);
  if (columns <= 0 || (image.width - frame) % (side + frame) != 0) return {};
  return GridSize{columns, side};
}

Image grid_row(const Image& image, int rows, int row) {
  const auto size = grid_size(image, rows);
  check(size && row >= 0 && row < rows, "grid: row {} of {} in an image of {} x {}", row, rows, image.width,
        image.height);
  const int height = size->side + 2 * frame, top = row * (size->side + frame);
  const auto begin = image.pixels.begin() + static_cast<std::ptrdiff_t>(top) * image.width;
  return {image.width, height, {begin, begin + static_cast<std::ptrdiff_t>(height) * image.width}};
}

}  // namespace cgan_jit::io
