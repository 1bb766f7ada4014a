#include "io/plot.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

namespace cgan_jit::io {
namespace {

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Plot, ALineForEachCurve) {
  const std::string svg = to_svg(line_chart(
      {"losses", "step", "loss", {{"D", {1, 2, 3}, {1, 0.5, 0.25}}, {"G", {1, 2, 3}, {0, 1, 2}}}}));
  EXPECT_TRUE(svg.starts_with("<svg "));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_EQ(count(svg, "fill-opacity=\"0.2\""), 2u);
  for (const char* word : {">losses<", ">step<", ">loss<", ">D<", ">G<"})
    EXPECT_EQ(count(svg, word), 1u) << word;
  EXPECT_EQ(count(svg, "<text"), count(svg, "</text>"));
}

TEST(Plot, LongCurvesStaySmall) {
  Curve curve{"long", {}, {}};
  for (int i = 0; i < 200000; ++i) {
    curve.x.push_back(i);
    curve.y.push_back(std::sin(i * 0.001));
  }
  EXPECT_LT(to_svg(line_chart({"t", "x", "y", {curve}})).size(), 100000u);
}

TEST(Plot, OddNumbersDoNoHarm) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::vector<Curve>> cases{{},
                                              {{"empty", {}, {}}},
                                              {{"one", {1}, {5}}},
                                              {{"odd", {1, 2, 3}, {inf, nan, -inf}}},
                                              {{"flat", {1, 2}, {7, 7}}}};
  for (const auto& curves : cases) {
    const std::string svg = to_svg(line_chart({"a < b & c", "x", "y", curves}));
    EXPECT_EQ(svg.find("nan"), std::string::npos);
    EXPECT_EQ(svg.find("inf"), std::string::npos);
    EXPECT_NE(svg.find("a &lt; b &amp; c"), std::string::npos);
  }
}

// In the order of the file: 8 bytes of signature, then IHDR's length and name, width and height.
std::pair<uint32_t, uint32_t> png_size(const std::vector<std::byte>& png) {
  const auto number = [&](size_t at) {
    uint32_t value = 0;
    for (size_t i = 0; i < 4; ++i) value = value << 8 | std::to_integer<uint32_t>(png.at(at + i));
    return value;
  };
  return {number(16), number(20)};
}

TEST(Plot, PixelsShowTheWholePage) {
  const Drawing drawing =
      bar_chart({"speed", "ms", {{"ours", 1, "1 ms", BarKind::standing_out}, {"theirs", 3, "3 ms"}}});
  const auto [width, height] = png_size(to_png(drawing));
  EXPECT_EQ(width, 2 * drawing.width);
  EXPECT_EQ(height, 2 * drawing.height);
}

// A pen that remembers how wide each area is.
struct WidthsOfAreas : Pen {
  std::vector<double> widths;
  void polyline(std::span<const Point>, const std::string&, double) override {}
  void polygon(std::span<const Point> corners, const std::string&, double) override {
    widths.push_back(corners[1].x - corners[0].x);
  }
  void text(Point, Anchor, const std::string&, const std::string&) override {}
  void picture(Point, const Image&) override {}
};

TEST(Plot, ZeroIsATickWithoutASign) {
  const std::string svg = to_svg(line_chart({"losses", "step", "loss", {{"D", {1, 2, 3}, {0.01, 1, 0.5}}}}));
  EXPECT_EQ(count(svg, ">0<"), 1u);
  EXPECT_EQ(count(svg, ">-0<"), 0u);
}

TEST(Plot, ASinglePointIsSeen) {
  WidthsOfAreas pen;
  line_chart({"losses", "step", "loss", {{"D", {1}, {0.5}}}}).draw(pen);
  ASSERT_FALSE(pen.widths.empty());
  EXPECT_GT(pen.widths.back(), 2);
}

TEST(Plot, BarsAreAsLongAsTheirValues) {
  WidthsOfAreas pen;
  bar_chart({"speed", "ms", {{"a", 1, ""}, {"b", 3, ""}, {"c", 0, ""}}}).draw(pen);
  ASSERT_EQ(pen.widths.size(), 3u);
  EXPECT_NEAR(pen.widths[1], 3 * pen.widths[0], 1e-9);
  EXPECT_EQ(pen.widths[2], 0);
}

TEST(Plot, ABarHasANameANoteAndItsKindsColour) {
  const std::string svg = to_svg(bar_chart({"speed",
                                            "ms",
                                            {{"ours", 1, "one", BarKind::standing_out},
                                             {"theirs", 3, "three"},
                                             {"another's", 9, "nine", BarKind::faint}}}));
  for (const char* word :
       {">speed<", ">ms<", ">ours<", ">one<", ">theirs<", ">three<", ">another's<", ">nine<"})
    EXPECT_EQ(count(svg, word), 1u) << word;
  for (const char* colour : {"\"#d55e00\"", "\"#0072b2\"", "\"#bbbbbb\""})
    EXPECT_EQ(count(svg, colour), 1u) << colour;
}

TEST(Plot, BarsLeaveRoomForLongNames) {
  const std::string name(80, 'n');
  WidthsOfAreas pen;
  const Drawing drawing = bar_chart({"speed", "ms", {{name, 1, name}}});
  drawing.draw(pen);
  EXPECT_GT(pen.widths.at(0), 100);
  EXPECT_GT(drawing.width, 2 * text_width(name) + pen.widths.at(0));
}

TEST(Plot, AHeatMapNamesEveryCount) {
  const HeatMap map{"confusion", "asked", "seen", {"zero", "one"}, {"nought", "unit"}, {97, 3, 11, 89}};
  const std::string svg = to_svg(heat_map(map));
  for (const char* word : {">zero<", ">one<", ">nought<", ">unit<", ">97<", ">3<", ">11<", ">89<"})
    EXPECT_EQ(count(svg, word), 1u) << word;
  EXPECT_THROW(heat_map({"t", "r", "c", {"a"}, {"b"}, {1, 2}}), std::exception);
}

TEST(Plot, EqualDrawingsAreEqualFiles) {
  const LineChart chart{"losses", "step", "loss", {{"D", {1, 2, 3}, {1, 0.5, 0.25}}}};
  EXPECT_EQ(to_svg(line_chart(chart)), to_svg(line_chart(chart)));
  EXPECT_EQ(to_png(line_chart(chart)), to_png(line_chart(chart)));
}

}  // namespace
}  // namespace cgan_jit::io
