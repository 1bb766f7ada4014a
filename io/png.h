#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "io/file.h"

namespace cgan_jit::io {

/// A grey picture: pixels [height][width], 0 black, 255 white.
struct Image {
  int width = 0, height = 0;
  std::vector<uint8_t> pixels;
  bool operator==(const Image&) const = default;
};

/// The picture as an 8-bit greyscale PNG file. Throws Error when a side is not positive.
std::vector<std::byte> encode_png(const Image& image);

/// Puts the PNG at `path`, all at once. Throws WriteError.
void write_png(const std::filesystem::path& path, const Image& image);

/// The picture of a PNG file with 8-bit greys. Throws Error "FILE: why" when the file cannot be read, is
/// damaged or holds another kind of picture.
Image read_png(const std::filesystem::path& path);

}  // namespace cgan_jit::io
