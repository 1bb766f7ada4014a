#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ir/error.h"

namespace cgan_jit::io {

/// Height and width in pixels.
struct Extent {
  int rows = 0, cols = 0;
  bool operator==(const Extent&) const = default;
};

/// Grey pictures [count][from.rows][from.cols] resized to [count][to.rows][to.cols] by Pillow's bilinear
/// filter, byte for byte (src/libImaging/Resample.c: a triangle as wide as the reduction, 22-bit integer
/// weights, horizontally, then vertically). Throws Error when a side is not positive or the bytes are no
/// whole number of pictures.
std::vector<uint8_t> resize_bilinear(std::span<const uint8_t> pictures, Extent from, Extent to);

}  // namespace cgan_jit::io
