#include "io/pen.h"

#include <cairo/cairo.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "io/file.h"

namespace cgan_jit::io {
namespace {

constexpr double letter_height = 12, letter_width = 6.6, pixels_a_unit = 2;

std::string escaped(const std::string& text) {
  std::string safe;
  for (char letter : text) {
    if (letter == '<') {
      safe += "&lt;";
    } else if (letter == '&') {
      safe += "&amp;";
    } else {
      safe += letter;
    }
  }
  return safe;
}

const char* svg_name(Anchor anchor) {
  switch (anchor) {
    case Anchor::start:
      return "start";
    case Anchor::middle:
      return "middle";
    case Anchor::end:
      return "end";
  }
  return "";
}

std::string coordinates(std::span<const Point> points) {
  std::string text;
  for (const Point& point : points) text += fmt::format("{:.1f},{:.1f} ", point.x, point.y);
  if (!text.empty()) text.pop_back();
  return text;
}

/// As in URLs of data (RFC 4648, section 4).
std::string base64(std::span<const std::byte> bytes) {
  constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(bytes.size() - i, 3);
    uint32_t word = 0;
    for (size_t k = 0; k < 3; ++k)
      word = word << 8 | (k < count ? std::to_integer<uint32_t>(bytes[i + k]) : 0);
    for (size_t k = 0; k < 4; ++k) text += k <= count ? digits[word >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

class SvgPen : public Pen {
 public:
  SvgPen(double width, double height)
      : svg_(fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
                         "height=\"{1}\" font-family=\"sans-serif\" font-size=\"{2}\">\n"
                         "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
                         width, height, letter_height)) {}

  void polyline(std::span<const Point> points, const std::string& colour, double thickness) override {
    svg_ += fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"/>\n",
                        coordinates(points), colour, thickness);
  }

  void polygon(std::span<const Point> corners, const std::string& colour, double opacity) override {
    svg_ += fmt::format("<polygon points=\"{}\" fill=\"{}\" fill-opacity=\"{}\"/>\n", coordinates(corners),
                        colour, opacity);
  }

  void text(Point at, Anchor anchor, const std::string& colour, const std::string& words) override {
    svg_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" fill=\"{}\">{}</text>\n", at.x,
                        at.y, svg_name(anchor), colour, escaped(words));
  }

  void picture(Point corner, const Image& picture) override {
    svg_ += fmt::format(
        "<image x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" "
        "style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{}\"/>\n",
        corner.x, corner.y, picture.width, picture.height, base64(encode_png(picture)));
  }

  std::string finish() && { return std::move(svg_) + "</svg>\n"; }

 private:
  std::string svg_;
};

using Surface = std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)>;

Surface new_surface(int width, int height) {
  Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height), cairo_surface_destroy);
  const cairo_status_t status = cairo_surface_status(surface.get());
  if (status == CAIRO_STATUS_NO_MEMORY) throw std::bad_alloc();
  if (status == CAIRO_STATUS_SUCCESS) return surface;
  throw Error("PNG of a drawing: {} x {} pixels: {}", width, height, cairo_status_to_string(status));
}

Surface surface_of(const Image& picture) {
  Surface surface = new_surface(picture.width, picture.height);
  unsigned char* row = cairo_image_surface_get_data(surface.get());
  const int stride = cairo_image_surface_get_stride(surface.get());
  for (int y = 0; y < picture.height; ++y, row += stride) {
    for (int x = 0; x < picture.width; ++x) {
      const uint32_t rgb = picture.pixels[static_cast<size_t>(y) * picture.width + x] * 0x010101u;
      std::memcpy(row + 4 * x, &rgb, sizeof rgb);
    }
  }
  cairo_surface_mark_dirty(surface.get());
  return surface;
}

class PixelPen : public Pen {
 public:
  PixelPen(double width, double height)
      : surface_(
            new_surface(static_cast<int>(width * pixels_a_unit), static_cast<int>(height * pixels_a_unit))),
        cairo_(cairo_create(surface_.get()), cairo_destroy) {
    cairo_scale(cairo_.get(), pixels_a_unit, pixels_a_unit);
    cairo_set_source_rgb(cairo_.get(), 1, 1, 1);
    cairo_paint(cairo_.get());
    cairo_select_font_face(cairo_.get(), "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo_.get(), letter_height);
    cairo_set_line_join(cairo_.get(), CAIRO_LINE_JOIN_ROUND);
  }

  void polyline(std::span<const Point> points, const std::string& colour, double thickness) override {
    trace(points);
    use(colour, 1);
    cairo_set_line_width(cairo_.get(), thickness);
    cairo_stroke(cairo_.get());
  }

  void polygon(std::span<const Point> corners, const std::string& colour, double opacity) override {
    trace(corners);
    use(colour, opacity);
    cairo_fill(cairo_.get());
  }

  void text(Point at, Anchor anchor, const std::string& colour, const std::string& words) override {
    cairo_text_extents_t extents;
    cairo_text_extents(cairo_.get(), words.c_str(), &extents);
    const double before = anchor == Anchor::start ? 0 : anchor == Anchor::middle ? 0.5 : 1;
    cairo_move_to(cairo_.get(), at.x - before * extents.x_advance, at.y);
    use(colour, 1);
    cairo_show_text(cairo_.get(), words.c_str());
  }

  void picture(Point corner, const Image& picture) override {
    cairo_set_source_surface(cairo_.get(), surface_of(picture).get(), corner.x, corner.y);
    cairo_pattern_set_filter(cairo_get_source(cairo_.get()), CAIRO_FILTER_NEAREST);
    cairo_paint(cairo_.get());
  }

  std::vector<std::byte> finish() && {
    std::vector<std::byte> png;
    const cairo_status_t status = cairo_surface_write_to_png_stream(surface_.get(), append, &png);
    if (status == CAIRO_STATUS_NO_MEMORY) throw std::bad_alloc();
    check(status == CAIRO_STATUS_SUCCESS, "PNG of a drawing: {}", cairo_status_to_string(status));
    return png;
  }

 private:
  static cairo_status_t append(void* bytes, const unsigned char* data, unsigned count) {
    const auto* begin = reinterpret_cast<const std::byte*>(data);
    auto& png = *static_cast<std::vector<std::byte>*>(bytes);
    png.insert(png.end(), begin, begin + count);
    return CAIRO_STATUS_SUCCESS;
  }

  void trace(std::span<const Point> points) {
    cairo_new_path(cairo_.get());
    for (const Point& point : points) cairo_line_to(cairo_.get(), point.x, point.y);
  }

  void use(const std::string& colour, double opacity) {
    const long rgb = std::strtol(colour.c_str() + 1, nullptr, 16);
    const auto part = [&](int shift) { return static_cast<double>(rgb >> shift & 255) / 255; };
    cairo_set_source_rgba(cairo_.get(), part(16), part(8), part(0), opacity);
  }

  Surface surface_;
  std::unique_ptr<cairo_t, void (*)(cairo_t*)> cairo_;
};

}  // namespace

void draw_line(Pen& pen, Point from, Point to, const std::string& colour) {
  const std::array ends{from, to};
  pen.polyline(ends, colour, 1);
}

void fill_box(Pen& pen, Point corner, double width, double height, const std::string& colour) {
  const auto [x, y] = corner;
  const std::array corners{corner, Point{x + width, y}, Point{x + width, y + height}, Point{x, y + height}};
  pen.polygon(corners, colour, 1);
}

double text_width(const std::string& text) { return letter_width * static_cast<double>(text.size()); }

std::string to_svg(const Drawing& drawing) {
  SvgPen pen(drawing.width, drawing.height);
  drawing.draw(pen);
  return std::move(pen).finish();
}

std::vector<std::byte> to_png(const Drawing& drawing) {
  PixelPen pen(drawing.width, drawing.height);
  drawing.draw(pen);
  return std::move(pen).finish();
}

void write_drawing(const std::filesystem::path& stem, const Drawing& drawing) {
  write_file(stem.string() + ".svg", to_svg(drawing));
  write_file(stem.string() + ".png", to_png(drawing));
}

}  // namespace cgan_jit::io
