#include "io/montage.h"

#include <gtest/gtest.h>

#include "files.h"

namespace cgan_jit::io {
namespace {

Image gradient(int width, int height, int first) {
  Image image{width, height, {}};
  for (int i = 0; i < width * height; ++i) image.pixels.push_back(static_cast<uint8_t>(first + 7 * i));
  return image;
}

Montage example() {
  return {"a title", "step", {"0", "1"}, {{"10", gradient(20, 9, 0)}, {"2000", gradient(20, 9, 100)}}};
}

/// The page of a drawing in greys, as its PNG has it.
Image page_of(const Drawing& drawing) {
  const TemporaryFolder folder;
  write_file(folder / "page.png", to_png(drawing));
  return read_png(folder / "page.png");
}

/// Where `part`, each pixel as a square of four, lies on the page; {-1, -1} if nowhere.
Point place_of(const Image& part, const Image& page) {
  const auto shows = [&](int left, int top) {
    for (int y = 0; y < 2 * part.height; ++y) {
      for (int x = 0; x < 2 * part.width; ++x) {
        if (page.pixels[(top + y) * page.width + left + x] != part.pixels[y / 2 * part.width + x / 2])
          return false;
      }
    }
    return true;
  };
  for (int top = 0; top + 2 * part.height <= page.height; ++top) {
    for (int left = 0; left + 2 * part.width <= page.width; ++left) {
      if (shows(left, top)) return {static_cast<double>(left), static_cast<double>(top)};
    }
  }
  return {-1, -1};
}

TEST(Montage, ShowsEveryStripPixelForPixelOneBelowTheOther) {
  const Montage shown = example();
  const Image page = page_of(montage(shown));
  const Point first = place_of(shown.rows[0].strip, page), second = place_of(shown.rows[1].strip, page);
  EXPECT_GT(first.x, 0);
  EXPECT_EQ(first.x, second.x);
  EXPECT_GE(second.y, first.y + 2 * shown.rows[0].strip.height);
}

TEST(Montage, NamesTitleColumnsAndRows) {
  const std::string svg = to_svg(montage(example()));
  for (const char* words : {">a title<", ">step<", ">0<", ">1<", ">10<", ">2000<"})
    EXPECT_NE(svg.find(words), std::string::npos) << words;
}

// "AAAA" is three bytes of nothing; the signature of PNG begins so.
TEST(Montage, AnSvgHoldsItsPicturesAsPngs) {
  const std::string svg = to_svg(montage(example())), start = "href=\"data:image/png;base64,iVBORw0KGgo";
  const size_t first = svg.find(start);
  ASSERT_NE(first, std::string::npos);
  EXPECT_NE(svg.find(start, first + 1), std::string::npos);
}

TEST(Montage, APageLargerThanCairoDrawsIsRefused) {
  EXPECT_THROW(to_png(montage({"", "", {"0"}, {{"1", gradient(40000, 1, 0)}}})), Error);
}

}  // namespace
}  // namespace cgan_jit::io
