#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#include <stb/stb_image.h>

#include "files.h"
#include "io/grid.h"
#include "io/pen.h"

namespace cgan_jit::io {
namespace {

Image decode(const std::vector<std::byte>& png) {
  int width = 0, height = 0, channels = 0;
  stbi_uc* pixels = stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(png.data()),
                                          static_cast<int>(png.size()), &width, &height, &channels, 0);
  EXPECT_NE(pixels, nullptr);
  EXPECT_EQ(channels, 1);
  Image image{width, height, {pixels, pixels + width * height}};
  stbi_image_free(pixels);
  return image;
}

TEST(Png, APictureComesBack) {
  Image image{7, 3, {}};
  for (int i = 0; i < 21; ++i) image.pixels.push_back(static_cast<uint8_t>(i * 12));
  EXPECT_EQ(decode(encode_png(image)), image);
}

TEST(Png, WritesToDiskOrSaysWhyNot) {
  const TemporaryFolder folder;
  const Image image{2, 1, {0, 255}};
  write_png(folder / "a.png", image);
  const std::string text = text_of(folder / "a.png");
  const auto bytes = std::as_bytes(std::span(text));
  EXPECT_EQ(decode({bytes.begin(), bytes.end()}), image);
  error_of([&] { write_png(folder / "no/a.png", image); }, (folder / "no/a.png").string());
}

TEST(Png, EmptyPicturesAreRefused) { EXPECT_THROW(encode_png({0, 3, {}}), Error); }

TEST(Png, AFileComesBack) {
  const TemporaryFolder folder;
  for (const auto& [width, height] : {std::pair{1, 1}, {7, 3}, {342, 342}}) {
    Image image{width, height, {}};
    for (int i = 0; i < width * height; ++i) image.pixels.push_back(static_cast<uint8_t>(i * 37));
    write_png(folder / "a.png", image);
    EXPECT_EQ(read_png(folder / "a.png"), image);
  }
}

TEST(Png, DamagedFilesAreRefusedByName) {
  const TemporaryFolder folder;
  Image image{20, 10, {}};
  for (int i = 0; i < 200; ++i) image.pixels.push_back(static_cast<uint8_t>(i));
  write_png(folder / "whole.png", image);
  const std::string whole = text_of(folder / "whole.png");
  const std::filesystem::path damaged = folder / "damaged.png";
  // The last twelve bytes only say that there is no more.
  for (size_t length = 0; length < whole.size() - 12; ++length) {
    put(damaged, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)});
    error_of([&] { read_png(damaged); }, damaged.string());
  }
  for (size_t place = 0; place < whole.size() - 12; ++place) {
    std::string flipped = whole;
    flipped[place] = static_cast<char>(flipped[place] ^ 0x10);
    put(damaged, {flipped.begin(), flipped.end()});
    error_of([&] { read_png(damaged); }, damaged.string());
  }
}

TEST(Png, WhatIsNoGreyPictureIsRefused) {
  const TemporaryFolder folder;
  const Drawing red{4, 4, [](Pen& pen) { fill_box(pen, {0, 0}, 4, 4, "#ff0000"); }};
  write_file(folder / "red.png", to_png(red));
  error_of([&] { read_png(folder / "red.png"); }, "red.png: not a picture in 8-bit greys");
  error_of([&] { read_png(folder / "none.png"); }, "none.png");
  error_of([&] { read_png(folder.path()); }, folder.path().string());
}

TEST(Pixel, RangesFromBlackToWhiteAndIsClipped) {
  EXPECT_EQ(to_pixel(-1), 0);
  EXPECT_EQ(to_pixel(1), 255);
  EXPECT_EQ(to_pixel(-7), 0);
  EXPECT_EQ(to_pixel(7), 255);
  EXPECT_EQ(to_pixel(std::numeric_limits<float>::infinity()), 255);
  EXPECT_EQ(to_pixel(std::numeric_limits<float>::quiet_NaN()), 0);
}

TEST(Pixel, UndoesTheScalingOfData) {
  for (int byte = 0; byte < 256; ++byte) EXPECT_EQ(to_pixel(static_cast<float>(byte) / 127.5f - 1), byte);
}

TEST(Grid, PicturesLieRowByRowWithMargins) {
  // Six pictures of 1 x 2; picture k is bright at its right pixel only, by k.
  std::vector<float> pictures;
  for (int k = 0; k < 6; ++k) {
    pictures.push_back(-1);
    pictures.push_back(static_cast<float>(k + 1) / 127.5f - 1);
  }
  const Image image = grid(pictures, 2, 3, 1, 2);
  EXPECT_EQ(image.width, 3 * 2 + 4 * 2);
  EXPECT_EQ(image.height, 2 * 1 + 3 * 2);
  int total = 0;
  for (uint8_t pixel : image.pixels) total += pixel;
  EXPECT_EQ(total, 1 + 2 + 3 + 4 + 5 + 6);
  for (int k = 0; k < 6; ++k) {
    const int y = 2 + k / 3 * 3, x = 2 + k % 3 * 4 + 1;
    EXPECT_EQ(image.pixels[static_cast<size_t>(y * image.width + x)], k + 1);
  }
}

TEST(Grid, AStripIsAGridOfOneRow) {
  const std::vector<float> pictures(3 * 4 * 5, 0.5f);
  EXPECT_EQ(strip(pictures, 4, 5), grid(pictures, 1, 3, 4, 5));
}

TEST(Grid, ItsRowsAreStrips) {
  std::vector<float> pictures;
  for (int i = 0; i < 3 * 4 * 5 * 5; ++i) pictures.push_back(static_cast<float>(i % 101) / 50 - 1);
  const Image image = grid(pictures, 3, 4, 5, 5);
  const auto size = grid_size(image, 3);
  ASSERT_TRUE(size);
  EXPECT_EQ(size->columns, 4);
  EXPECT_EQ(size->side, 5);
  for (int row = 0; row < 3; ++row)
    EXPECT_EQ(grid_row(image, 3, row), strip(std::span(pictures).subspan(row * 100, 100), 5, 5));
}

TEST(Grid, OtherSizesAreNoGrids) {
  for (const auto& [width, height] : {std::pair{30, 24}, {29, 23}, {2, 23}, {30, 2}, {1, 1}, {3, 8}})
    EXPECT_FALSE(grid_size({width, height, {}}, 3)) << width << " x " << height;
}

TEST(Grid, WrongCountsAreRefused) {
  const std::vector<float> values(10);
  EXPECT_THROW(grid(values, 2, 3, 1, 2), Error);
  EXPECT_THROW(strip(values, 3, 3), Error);
  EXPECT_THROW(strip({}, 3, 3), Error);
}

}  // namespace
}  // namespace cgan_jit::io
