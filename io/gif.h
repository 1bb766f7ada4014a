#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "io/png.h"

namespace cgan_jit::io {

/// An animated GIF file of grey pictures in the making, shown over and over. All 256 greys are kept.
class Gif {
 public:
  /// Of pictures of `width` x `height` pixels. Throws Error when GIF has no such size: a side is 1 to 65535.
  Gif(int width, int height);
  ~Gif();
  Gif(Gif&&) noexcept;

  /// The next picture, shown for so many hundredths of a second. Throws Error when it has another size.
  void add(const Image& picture, int hundredths);
  /// The file. There is at least one picture.
  std::vector<std::byte> finish() &&;

 private:
  struct Encoder;
  std::unique_ptr<Encoder> encoder_;
};

}  // namespace cgan_jit::io
