#include "io/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "ir/error.h"

namespace cgan_jit::io {
namespace {

// Told apart also by those who see few colours (Okabe and Ito).
constexpr std::array colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7"};

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  double size() const { return high - low; }
};

Range padded(Range range) {
  if (!(range.low <= range.high)) return {0, 1};
  if (range.size() == 0) return {range.low - 0.5, range.high + 0.5};
  return range;
}

/// With some room at both ends: no curve lies on the edge.
Range with_margins(const Range& range) {
  const double margin = range.size() / 25;
  return {range.low - margin, range.high + margin};
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
  // The sum makes a negative zero a positive one.
  for (double k = std::ceil(range.low / step) + 0.0; k * step <= range.high; ++k) marks.push_back(k * step);
  return marks;
}

/// The part of a line chart's page inside the axes, and what its edges stand for.
struct Frame {
  static constexpr double width = 720, height = 360, left = 64, right = 16, top = 56, bottom = 44;
  static constexpr size_t columns = static_cast<size_t>(width - left - right);
  Range xs, ys;

  double at_x(double x) const { return left + (x - xs.low) / xs.size() * (width - left - right); }
  double at_y(double y) const { return height - bottom - (y - ys.low) / ys.size() * (height - top - bottom); }
};

bool is_drawn(const Curve& curve, size_t i) { return std::isfinite(curve.x[i]) && std::isfinite(curve.y[i]); }

Frame frame_of(const LineChart& chart) {
  Range xs, ys;
  for (const Curve& curve : chart.curves) {
    for (size_t i = 0; i < curve.x.size(); ++i) {
      if (!is_drawn(curve, i)) continue;
      xs.add(curve.x[i]);
      ys.add(curve.y[i]);
    }
  }
  return {padded(xs), with_margins(padded(ys))};
}

/// What is drawn of the points of one pixel column.
struct Column {
  double x = 0, mean = 0;
  Range y;
};

std::vector<Column> columns_of(const Curve& curve, const Range& xs) {
  std::vector<Column> drawn;
  size_t current = Frame::columns + 1, points = 0;
  for (size_t i = 0; i < curve.x.size(); ++i) {
    if (!is_drawn(curve, i)) continue;
    const auto column = static_cast<size_t>((curve.x[i] - xs.low) / xs.size() * Frame::columns);
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

void draw_curve(Pen& pen, const Frame& frame, const Curve& curve, const char* colour) {
  const std::vector<Column> columns = columns_of(curve, frame.xs);
  std::vector<Point> band, mean;
  for (const Column& column : columns) {
    band.push_back({frame.at_x(column.x), frame.at_y(column.y.high)});
    mean.push_back({frame.at_x(column.x), frame.at_y(column.mean)});
  }
  for (auto column = columns.rbegin(); column != columns.rend(); ++column)
    band.push_back({frame.at_x(column->x), frame.at_y(column->y.low)});
  pen.polygon(band, colour, 0.2);
  pen.polyline(mean, colour, 1.5);
  // A line through one point has no length.
  if (mean.size() == 1) fill_box(pen, {mean[0].x - 2.5, mean[0].y - 2.5}, 5, 5, colour);
}

void draw_axes(Pen& pen, const Frame& frame, const LineChart& chart) {
  constexpr double floor = Frame::height - Frame::bottom, end = Frame::width - Frame::right;
  for (double x : ticks(frame.xs)) {
    draw_line(pen, {frame.at_x(x), Frame::top}, {frame.at_x(x), floor}, pale);
    pen.text({frame.at_x(x), floor + 16}, Anchor::middle, grey, fmt::format("{:.6g}", x));
  }
  for (double y : ticks(frame.ys)) {
    draw_line(pen, {Frame::left, frame.at_y(y)}, {end, frame.at_y(y)}, pale);
    pen.text({Frame::left - 6, frame.at_y(y) + 4}, Anchor::end, grey, fmt::format("{:.6g}", y));
  }
  draw_line(pen, {Frame::left, Frame::top}, {Frame::left, floor}, grey);
  draw_line(pen, {Frame::left, floor}, {end, floor}, grey);
  pen.text({(Frame::left + end) / 2, Frame::height - 8}, Anchor::middle, grey, chart.x_name);
  pen.text({Frame::left, Frame::top - 8}, Anchor::middle, grey, chart.y_name);
}

/// From the right edge to the left: a stroke of the curve's colour and its name.
void draw_legend(Pen& pen, const std::vector<Curve>& curves) {
  double end = Frame::width - Frame::right;
  for (size_t i = curves.size(); i-- > 0;) {
    pen.text({end, 22}, Anchor::end, ink, curves[i].name);
    end -= text_width(curves[i].name) + 6;
    fill_box(pen, {end - 18, 16}, 18, 4, colours[i % colours.size()]);
    end -= 36;
  }
}

}  // namespace

Drawing line_chart(LineChart chart) {
  for (const Curve& curve : chart.curves)
    check(curve.x.size() == curve.y.size(), "chart: {} by {} numbers", curve.x.size(), curve.y.size());
  return {Frame::width, Frame::height, [chart = std::move(chart)](Pen& pen) {
            const Frame frame = frame_of(chart);
            pen.text({Frame::left, 22}, Anchor::start, ink, chart.title);
            draw_axes(pen, frame, chart);
            draw_legend(pen, chart.curves);
            for (size_t i = 0; i < chart.curves.size(); ++i)
              draw_curve(pen, frame, chart.curves[i], colours[i % colours.size()]);
          }};
}

}  // namespace cgan_jit::io
