#include "io/resize.h"

#include <gtest/gtest.h>
#include <zlib.h>

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

TEST(Resize, WrongSizesAreRefused) {
  error_of([] { resize_bilinear({}, {28, 28}, {0, 32}); }, "0 x 32");
  error_of([] { resize_bilinear(Bytes(100), {28, 28}, {32, 32}); }, "100 bytes");
}

}  // namespace
}  // namespace cgan_jit::io
