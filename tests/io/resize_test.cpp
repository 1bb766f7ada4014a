#include "io/resize.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>
#include <sstream>

#include "files.h"
#include "io/idx.h"

namespace cgan_jit::io {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes random_pictures(size_t bytes) {
  std::mt19937 random(1);
  Bytes pictures(bytes);
  for (uint8_t& pixel : pictures) pixel = static_cast<uint8_t>(random());
  return pictures;
}

double triangle(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

/// One line of `in` pixels, `in_step` apart, to one of `out`: Pillow's filter, word for word.
void resize_line(const uint8_t* source, int in, int in_step, uint8_t* result, int out, int out_step) {
  const double scale = static_cast<double>(in) / out, reach = std::max(scale, 1.0);
  for (int at = 0; at < out; ++at) {
    const double center = (at + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(center - reach + 0.5));
    const int end = std::min(in, static_cast<int>(center + reach + 0.5));
    double total = 0;
    for (int i = first; i < end; ++i) total += triangle((i - center + 0.5) / reach);
    int sum = 1 << 21;
    for (int i = first; i < end; ++i) {
      const double weight = triangle((i - center + 0.5) * (1.0 / reach)) / total;
      sum += source[i * in_step] * static_cast<int>(0.5 + weight * (1 << 22));
    }
    result[at * out_step] = static_cast<uint8_t>(std::min(sum >> 22, 255));
  }
}

Bytes resize_plainly(const Bytes& picture, Extent from, Extent to) {
  Bytes wide(static_cast<size_t>(from.rows) * to.cols), result(static_cast<size_t>(to.rows) * to.cols);
  for (int row = 0; row < from.rows; ++row)
    resize_line(&picture[row * from.cols], from.cols, 1, &wide[row * to.cols], to.cols, 1);
  for (int col = 0; col < to.cols; ++col)
    resize_line(&wide[col], from.rows, to.cols, &result[col], to.rows, to.cols);
  return result;
}

TEST(Resize, EverySizeAsPlainCodeDoesIt) {
  for (const Extent from : {Extent{28, 28}, Extent{1, 7}, Extent{16, 24}, Extent{33, 5}}) {
    const Bytes picture = random_pictures(static_cast<size_t>(from.rows) * from.cols);
    for (int side = 1; side <= 70; ++side) {
      const Extent to{side, 71 - side};
      EXPECT_EQ(resize_bilinear(picture, from, to), resize_plainly(picture, from, to)) << side;
      EXPECT_EQ(resize_bilinear(picture, from, {side, side}), resize_plainly(picture, from, {side, side}));
    }
  }
}

TEST(Resize, AllOfMnistAsPillowDoesIt) {
  std::ifstream file(std::filesystem::path(CGAN_JIT_SOURCE_DIR) / "tests/io/pillow_checksums.txt");
  const ImageSet train = read_split(find_split(mnist, Split::train)),
                 test = read_split(find_split(mnist, Split::test));
  int checked = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::string split, crc;
    int size = 0;
    std::istringstream(line) >> split >> size >> crc;
    const ImageSet& set = split == "train" ? train : test;
    const Bytes resized = resize_bilinear(set.pixels, {28, 28}, {size, size});
    EXPECT_EQ(resized.size(), static_cast<size_t>(set.count * size * size));
    EXPECT_EQ(fmt::format("{:08x}", crc32_z(0, resized.data(), resized.size())), crc) << split << ' ' << size;
    ++checked;
  }
  EXPECT_EQ(checked, 6);
}

TEST(Resize, TheSameSizeChangesNothing) {
  const Bytes pictures = random_pictures(5 * 7 * 40);
  EXPECT_EQ(resize_bilinear(pictures, {5, 7}, {5, 7}), pictures);
}

TEST(Resize, FlatPicturesStayFlat) {
  const Bytes white(9 * 13 * 3, 255);
  for (const Extent to : {Extent{32, 32}, Extent{1, 1}, Extent{4, 50}}) {
    EXPECT_EQ(resize_bilinear(white, {9, 13}, to), Bytes(static_cast<size_t>(to.rows) * to.cols * 3, 255));
  }
}

TEST(Resize, APictureDoesNotDependOnItsNeighbours) {
  const Bytes pictures = random_pictures(9 * 13 * 67);
  const Bytes together = resize_bilinear(pictures, {9, 13}, {11, 6});
  Bytes alone;
  for (size_t i = 0; i < 67; ++i) {
    const Bytes one = resize_bilinear(std::span(pictures).subspan(i * 9 * 13, 9 * 13), {9, 13}, {11, 6});
    alone.insert(alone.end(), one.begin(), one.end());
  }
  EXPECT_EQ(together, alone);
}

TEST(Resize, SlicesMakeUpTheWhole) {
  constexpr size_t pixels = 9 * 13;
  const Bytes pictures = random_pictures(pixels * 150);
  Resizer resizer({9, 13}, {11, 6});
  Bytes together, slice;
  for (size_t first = 0, count = 1; first < 150; first += count, count = std::min(2 * count, 150 - first)) {
    resizer.resize(std::span(pictures).subspan(first * pixels, count * pixels), slice);
    together.insert(together.end(), slice.begin(), slice.end());
  }
  EXPECT_EQ(together, resize_bilinear(pictures, {9, 13}, {11, 6}));
}

TEST(Resize, NoPicturesStayNone) { EXPECT_TRUE(resize_bilinear({}, {28, 28}, {32, 32}).empty()); }

TEST(Resize, WrongSizesAreRefused) {
  error_of([] { resize_bilinear({}, {28, 28}, {0, 32}); }, "0 x 32");
  error_of([] { resize_bilinear(Bytes(100), {28, 28}, {32, 32}); }, "100 bytes");
}

}  // namespace
}  // namespace cgan_jit::io
