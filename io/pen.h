#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "io/png.h"

namespace cgan_jit::io {

/// In units of the page, y downwards.
struct Point {
  double x = 0, y = 0;
};

/// Which part of a text stands at its point.
enum class Anchor : uint8_t { start, middle, end };

/// Draws on a white page. Colours are "#rrggbb"; opacity is 0 (nothing) to 1.
class Pen {
 public:
  virtual ~Pen() = default;
  virtual void polyline(std::span<const Point> points, const std::string& colour, double thickness) = 0;
  virtual void polygon(std::span<const Point> corners, const std::string& colour, double opacity) = 0;
  /// In letters 12 units high; `at` is on the line that they stand on.
  virtual void text(Point at, Anchor anchor, const std::string& colour, const std::string& words) = 0;
  /// A pixel is a square of one unit, with sharp edges; `corner` is the upper left one.
  virtual void picture(Point corner, const Image& picture) = 0;
};

// What most pictures are drawn in.
constexpr const char *ink = "#000000", *grey = "#444444", *pale = "#dddddd";

void draw_line(Pen& pen, Point from, Point to, const std::string& colour);
void fill_box(Pen& pen, Point corner, double width, double height, const std::string& colour);
/// About, for places: how wide a text is depends on the fonts at hand.
double text_width(const std::string& text);

/// A picture in vectors: what a pen does on a page of `width` x `height` units.
struct Drawing {
  double width = 0, height = 0;
  std::function<void(Pen&)> draw;
};

/// As an SVG picture, which stands alone as a file or inside an HTML page.
std::string to_svg(const Drawing& drawing);

/// As a PNG file in colour, two pixels a unit. Throws Error when that is too large for a picture (a side of
/// more than 32767 pixels).
std::vector<std::byte> to_png(const Drawing& drawing);

/// Puts both beside each other: STEM.svg and STEM.png. Throws WriteError.
void write_drawing(const std::filesystem::path& stem, const Drawing& drawing);

}  // namespace cgan_jit::io
