#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ir/error.h"

namespace cgan_jit::io {

/// Height and width in pixels.
struct Extent {
  int rows = 0, cols = 0;
  bool operator==(const Extent&) const = default;
};

/// Grey pictures of `from` resized to `to` by Pillow's bilinear filter, byte for byte
/// (src/libImaging/Resample.c: a triangle as wide as the reduction, 22-bit integer weights, horizontally,
/// then vertically). Keeps weights and buffers from slice to slice.
class Resizer {
 public:
  static constexpr int at_once = 32;  // pictures: a multiple of so many is resized fastest

  /// Throws Error when a side is not positive.
  Resizer(Extent from, Extent to);
  ~Resizer();
  Resizer(Resizer&&) noexcept;

  /// [count][from.rows][from.cols] -> [count][to.rows][to.cols]. Throws Error when `pictures` are no whole
  /// number of pictures. `resized` is made to fit.
  void resize(std::span<const uint8_t> pictures, std::vector<uint8_t>& resized);

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

/// All pictures at once.
std::vector<uint8_t> resize_bilinear(std::span<const uint8_t> pictures, Extent from, Extent to);

}  // namespace cgan_jit::io
