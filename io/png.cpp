#include "io/png.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

void* or_throw(void* memory) {
  if (!memory) throw std::bad_alloc();
  return memory;
}

}  // namespace

// stb would write to where no memory is.
#define STBIW_MALLOC(size) or_throw(std::malloc(size))
#define STBIW_REALLOC(memory, size) or_throw(std::realloc(memory, size))
#define STBIW_FREE(memory) std::free(memory)
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

namespace cgan_jit::io {
namespace {

void append(void* context, void* data, int size) {
  auto& bytes = *static_cast<std::vector<std::byte>*>(context);
  const auto* begin = static_cast<const std::byte*>(data);
  bytes.insert(bytes.end(), begin, begin + size);
}

}  // namespace

std::vector<std::byte> encode_png(const Image& image) {
  if (image.width <= 0 || image.height <= 0) {
    throw Error("PNG: a picture of {} x {} pixels", image.width, image.height);
  }
  check(image.pixels.size() == static_cast<size_t>(image.width) * image.height,
        "PNG: {} bytes for {} x {} pixels", image.pixels.size(), image.width, image.height);
  std::vector<std::byte> bytes;
  const int done =
      stbi_write_png_to_func(append, &bytes, image.width, image.height, 1, image.pixels.data(), image.width);
  check(done != 0, "PNG: encoding failed");
  return bytes;
}

void write_png(const std::filesystem::path& path, const Image& image) { write_file(path, encode_png(image)); }

}  // namespace cgan_jit::io
