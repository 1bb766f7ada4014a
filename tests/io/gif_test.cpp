#include "io/gif.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_GIF
#define STBI_NO_STDIO
#include <stb/stb_image.h>

namespace cgan_jit::io {
namespace {

struct Animation {
  std::vector<Image> pictures;
  std::vector<int> milliseconds;
};

Animation decode(const std::vector<std::byte>& gif) {
  int* delays = nullptr;
  int width = 0, height = 0, count = 0, channels = 0;
  const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> pixels(
      stbi_load_gif_from_memory(reinterpret_cast<const stbi_uc*>(gif.data()), static_cast<int>(gif.size()),
                                &delays, &width, &height, &count, &channels, 1),
      stbi_image_free);
  EXPECT_NE(pixels, nullptr);
  Animation animation;
  const size_t size = static_cast<size_t>(width) * height;
  for (int i = 0; i < count; ++i) {
    const stbi_uc* begin = pixels.get() + i * size;
    animation.pictures.push_back({width, height, {begin, begin + size}});
    animation.milliseconds.push_back(delays[i]);
  }
  stbi_image_free(delays);
  return animation;
}

Image noise(uint32_t seed, int width, int height, unsigned greys) {
  std::mt19937 engine(seed);
  Image image{width, height, {}};
  for (int i = 0; i < width * height; ++i) image.pixels.push_back(static_cast<uint8_t>(engine() % greys));
  return image;
}

TEST(Gif, PicturesComeBackPixelForPixel) {
  for (const auto& [width, height] : {std::pair{1, 1}, {7, 3}, {342, 342}}) {
    std::vector<Image> pictures;
    for (uint32_t seed = 0; seed < 5; ++seed)
      pictures.push_back(noise(seed, width, height, seed % 2 ? 256 : 3));
    pictures.push_back(pictures.back());
    Gif gif(width, height);
    for (const Image& picture : pictures) gif.add(picture, 20);
    EXPECT_EQ(decode(std::move(gif).finish()).pictures, pictures) << width << " x " << height;
  }
}

TEST(Gif, EachPictureIsShownAsLongAsAsked) {
  Gif gif(2, 2);
  for (int time : {20, 5, 200}) gif.add(noise(1, 2, 2, 256), time);
  EXPECT_EQ(decode(std::move(gif).finish()).milliseconds, (std::vector<int>{200, 50, 2000}));
}

TEST(Gif, EqualPicturesAreEqualFiles) {
  const auto file = [] {
    Gif gif(9, 9);
    for (uint32_t seed : {1, 2}) gif.add(noise(seed, 9, 9, 256), 20);
    return std::move(gif).finish();
  };
  EXPECT_EQ(file(), file());
}

TEST(Gif, WrongSizesAreRefused) {
  EXPECT_THROW(Gif(0, 3), Error);
  EXPECT_THROW(Gif(3, 65536), Error);
  Gif gif(3, 3);
  EXPECT_THROW(gif.add(noise(1, 3, 4, 256), 1), Error);
}

}  // namespace
}  // namespace cgan_jit::io
