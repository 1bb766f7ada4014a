#include "io/gif.h"

#include <cgif.h>

#include <array>
#include <limits>
#include <new>
#include <utility>

namespace cgan_jit::io {
namespace {

constexpr int greys = 256, longest_side = std::numeric_limits<uint16_t>::max();

std::array<uint8_t, 3 * greys> palette() {
  std::array<uint8_t, 3 * greys> colours{};
  for (size_t i = 0; i < colours.size(); ++i) colours[i] = static_cast<uint8_t>(i / 3);
  return colours;
}

// No exception may pass through C.
int append(void* context, const uint8_t* data, size_t count) {
  auto& bytes = *static_cast<std::vector<std::byte>*>(context);
  const auto* begin = reinterpret_cast<const std::byte*>(data);
  try {
    bytes.insert(bytes.end(), begin, begin + count);
    return 0;
  } catch (const std::bad_alloc&) { return 1; }
}

}  // namespace

struct Gif::Encoder {
  int width, height;
  std::vector<std::byte> bytes;
  CGIF* gif = nullptr;

  Encoder(int w, int h) : width(w), height(h) {
    std::array<uint8_t, 3 * greys> colours = palette();
    CGIF_Config config{};
    config.pGlobalPalette = colours.data();
    config.numGlobalPaletteEntries = greys;
    config.attrFlags = CGIF_ATTR_IS_ANIMATED;
    config.width = static_cast<uint16_t>(width);
    config.height = static_cast<uint16_t>(height);
    config.numLoops = CGIF_INFINITE_LOOP;
    config.pWriteFn = append;
    config.pContext = &bytes;
    gif = cgif_newgif(&config);
    if (!gif) throw std::bad_alloc();
  }
  ~Encoder() { close(); }

  int close() { return gif ? cgif_close(std::exchange(gif, nullptr)) : CGIF_OK; }
};

Gif::Gif(int width, int height) {
  if (width < 1 || height < 1 || width > longest_side || height > longest_side)
    throw Error("GIF: pictures of {} x {} pixels; a side has 1 to {}", width, height, longest_side);
  encoder_ = std::make_unique<Encoder>(width, height);
}

Gif::~Gif() = default;
Gif::Gif(Gif&&) noexcept = default;

void Gif::add(const Image& picture, int hundredths) {
  if (picture.width != encoder_->width || picture.height != encoder_->height)
    throw Error("GIF: a picture of {} x {} pixels among some of {} x {}", picture.width, picture.height,
                encoder_->width, encoder_->height);
  CGIF_FrameConfig frame{};
  frame.pImageData = const_cast<uint8_t*>(picture.pixels.data());  // only read
  frame.delay = static_cast<uint16_t>(hundredths);
  if (cgif_addframe(encoder_->gif, &frame) != CGIF_OK) throw std::bad_alloc();
}

std::vector<std::byte> Gif::finish() && {
  if (encoder_->close() != CGIF_OK) throw std::bad_alloc();
  return std::move(encoder_->bytes);
}

}  // namespace cgan_jit::io
