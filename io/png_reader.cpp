#include <cairo/cairo.h>

#include <cstring>
#include <memory>

#include "io/png.h"

namespace cgan_jit::io {
namespace {

using Surface = std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)>;

cairo_status_t take(void* rest, unsigned char* to, unsigned count) {
  auto& bytes = *static_cast<std::span<const std::byte>*>(rest);
  if (count > bytes.size()) return CAIRO_STATUS_READ_ERROR;
  std::memcpy(to, bytes.data(), count);
  bytes = bytes.subspan(count);
  return CAIRO_STATUS_SUCCESS;
}

/// Nothing when it is damaged: whatever libpng complains of, cairo 1.16 calls a lack of memory.
Surface decode(std::span<const std::byte> bytes) {
  Surface surface(cairo_image_surface_create_from_png_stream(take, &bytes), cairo_surface_destroy);
  if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS) surface.reset();
  return surface;
}

/// The grey that all three parts of a pixel are; false for a colour.
bool take_grey(uint32_t rgb, uint8_t& grey) {
  grey = static_cast<uint8_t>(rgb);
  return (rgb & 0xffffff) == grey * 0x010101u;
}

}  // namespace

Image read_png(const std::filesystem::path& path) {
  const Surface surface = decode(read_file(path));
  if (!surface) throw Error("{}: no PNG picture, or a damaged one", path.string());
  Image image{
      cairo_image_surface_get_width(surface.get()), cairo_image_surface_get_height(surface.get()), {}};
  bool grey = cairo_image_surface_get_format(surface.get()) == CAIRO_FORMAT_RGB24;
  const unsigned char* data = cairo_image_surface_get_data(surface.get());
  for (int y = 0; y < image.height && grey; ++y, data += cairo_image_surface_get_stride(surface.get())) {
    for (int x = 0; x < image.width && grey; ++x) {
      uint32_t rgb = 0;
      std::memcpy(&rgb, data + 4 * x, sizeof rgb);
      grey = take_grey(rgb, image.pixels.emplace_back());
    }
  }
  if (!grey) throw Error("{}: not a picture in 8-bit greys", path.string());
  return image;
}

}  // namespace cgan_jit::io
