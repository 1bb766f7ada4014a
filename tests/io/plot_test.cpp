#include "io/plot.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace cgan_jit::io {
namespace {

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Plot, ALineForEachCurve) {
  const std::string svg =
      line_chart("losses", "step", {{"D", {1, 2, 3}, {1, 0.5, 0.25}}, {"G", {1, 2, 3}, {0, 1, 2}}});
  EXPECT_TRUE(svg.starts_with("<svg "));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_EQ(count(svg, "<polyline"), 2u);
  EXPECT_EQ(count(svg, "<text"), count(svg, "</text>"));
}

TEST(Plot, LongCurvesStaySmall) {
  Curve curve{"long", {}, {}};
  for (int i = 0; i < 200000; ++i) {
    curve.x.push_back(i);
    curve.y.push_back(std::sin(i * 0.001));
  }
  EXPECT_LT(line_chart("t", "x", {curve}).size(), 100000u);
}

TEST(Plot, OddNumbersDoNoHarm) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::vector<Curve>> cases{{},
                                              {{"empty", {}, {}}},
                                              {{"one", {1}, {5}}},
                                              {{"odd", {1, 2, 3}, {inf, nan, -inf}}},
                                              {{"flat", {1, 2}, {7, 7}}}};
  for (const auto& curves : cases) {
    const std::string svg = line_chart("a < b & c", "x", curves);
    EXPECT_EQ(svg.find("nan"), std::string::npos);
    EXPECT_EQ(svg.find("inf"), std::string::npos);
    EXPECT_NE(svg.find("a &lt; b &amp; c"), std::string::npos);
  }
}

}  // namespace
}  // namespace cgan_jit::io
