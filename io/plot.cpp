#include "io/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "ir/error.h"

namespace cgan_jit::io {
namespace {

constexpr double width = 720, height = 360, left = 64, right = 16, top = 36, bottom = 44;
constexpr size_t columns = static_cast<size_t>(width - left - right);
// Told apart also by those who see few colours (Okabe and Ito).
constexpr std::array<std::string_view, 4> colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7"};

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  double size() const { return high - low; }
};

/// What is drawn of the points of one pixel column.
struct Column {
  double x = 0, mean = 0;
  Range y;
};

std::vector<Column> columns_of(const Curve& curve, const Range& xs) {
  std::vector<Column> drawn;
  size_t current = columns + 1, points = 0;
  for (size_t i = 0; i < curve.x.size(); ++i) {
    if (!std::isfinite(curve.x[i]) || !std::isfinite(curve.y[i])) continue;
    const auto column = static_cast<size_t>((curve.x[i] - xs.low) / xs.size() * columns);
    if (column != current) {
      drawn.push_back({});
      current = column;
      points = 0;
    }
    Column& last = drawn.back();
    ++points;
    last.x += (curve.x[i] - last.x) / static_cast<double>(points);
    last.mean += (curve.y[i] - last.mean) / static_cast<double>(points);
    last.y.add(curve.y[i]);
  }
  return drawn;
}

Range padded(Range range) {
  if (!(range.low <= range.high)) return {0, 1};
  if (range.size() == 0) return {range.low - 0.5, range.high + 0.5};
  return range;
}

/// Round numbers, 1, 2 or 5 times a power of ten apart, four to ten of them.
std::vector<double> ticks(const Range& range) {
  const double power = std::pow(10, std::floor(std::log10(range.size())));
  double step = power;
  for (double candidate : {power / 10, power / 5, power / 2, power}) {
    if (range.size() / candidate <= 10) {
      step = candidate;
      break;
    }
  }
  std::vector<double> marks;
  for (double k = std::ceil(range.low / step); k * step <= range.high; ++k) marks.push_back(k * step);
  return marks;
}

std::string escaped(const std::string& text) {
  std::string safe;
  for (char letter : text) {
    switch (letter) {
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '&':
        safe += "&amp;";
        break;
      default:
        safe += letter;
    }
  }
  return safe;
}

class Chart {
 public:
  Chart(const Range& xs, const Range& ys) : xs_(xs), ys_(ys) {
    svg_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n",
        width, height);
  }

  void text(double x, double y, std::string_view anchor, std::string_view colour, const std::string& text) {
    svg_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" fill=\"{}\">{}</text>\n", x, y,
                        anchor, colour, escaped(text));
  }

  void axes(const std::string& x_name) {
    for (double x : ticks(xs_)) {
      line(at_x(x), top, at_x(x), height - bottom);
      text(at_x(x), height - bottom + 16, "middle", "#444", fmt::format("{:.6g}", x));
    }
    for (double y : ticks(ys_)) {
      line(left, at_y(y), width - right, at_y(y));
      text(left - 6, at_y(y) + 4, "end", "#444", fmt::format("{:.6g}", y));
    }
    text((left + width - right) / 2, height - 8, "middle", "#444", x_name);
  }

  void curve(const std::vector<Column>& points, std::string_view colour) {
    std::string band, mean;
    for (const Column& point : points) {
      band += fmt::format("{:.1f},{:.1f} ", at_x(point.x), at_y(point.y.high));
      mean += fmt::format("{:.1f},{:.1f} ", at_x(point.x), at_y(point.mean));
    }
    for (auto point = points.rbegin(); point != points.rend(); ++point) {
      band += fmt::format("{:.1f},{:.1f} ", at_x(point->x), at_y(point->y.low));
    }
    svg_ += fmt::format("<polygon points=\"{}\" fill=\"{}\" fill-opacity=\"0.2\"/>\n", band, colour);
    svg_ += fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"/>\n", mean,
                        colour);
  }

  std::string finish() && { return std::move(svg_) + "</svg>\n"; }

 private:
  double at_x(double x) const { return left + (x - xs_.low) / xs_.size() * (width - left - right); }
  double at_y(double y) const {
    return height - bottom - (y - ys_.low) / ys_.size() * (height - top - bottom);
  }

  void line(double x1, double y1, double x2, double y2) {
    svg_ += fmt::format("<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" stroke=\"#ddd\"/>\n", x1, y1, x2, y2);
  }

  Range xs_, ys_;
  std::string svg_;
};

}  // namespace

std::string line_chart(const std::string& title, const std::string& x_name,
                       const std::vector<Curve>& curves) {
  Range xs, ys;
  for (const Curve& curve : curves) {
    check(curve.x.size() == curve.y.size(), "chart: {} by {} numbers", curve.x.size(), curve.y.size());
    for (size_t i = 0; i < curve.x.size(); ++i) {
      if (!std::isfinite(curve.x[i]) || !std::isfinite(curve.y[i])) continue;
      xs.add(curve.x[i]);
      ys.add(curve.y[i]);
    }
  }
  xs = padded(xs);
  ys = padded(ys);

  Chart chart(xs, ys);
  chart.axes(x_name);
  chart.text(left, 22, "start", "black", title);
  double legend = width - right;
  for (size_t i = 0; i < curves.size(); ++i) {
    const std::string_view colour = colours[i % colours.size()];
    chart.curve(columns_of(curves[i], xs), colour);
    chart.text(legend, 22, "end", colour, curves[i].name);
    legend -= 12 + 7.0 * static_cast<double>(curves[i].name.size());
  }
  return std::move(chart).finish();
}

}  // namespace cgan_jit::io
