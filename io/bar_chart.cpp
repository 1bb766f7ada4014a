#include <algorithm>

#include "io/plot.h"

namespace cgan_jit::io {
namespace {

constexpr double bars_top = 44, step = 30, thickness = 20, full_length = 440;

const char* colour_of(BarKind kind) {
  switch (kind) {
    case BarKind::usual:
      return "#0072b2";
    case BarKind::standing_out:
      return "#d55e00";
    case BarKind::faint:
      return "#bbbbbb";
  }
  return "";
}

void draw_bar(Pen& pen, const Bar& bar, Point corner, double length) {
  const auto [x, y] = corner;
  pen.text({x - 8, y + 14}, Anchor::end, ink, bar.name);
  fill_box(pen, corner, length, thickness, colour_of(bar.kind));
  pen.text({x + length + 6, y + 14}, Anchor::start, grey, bar.note);
}

}  // namespace

Drawing bar_chart(BarChart chart) {
  double left = 0, longest = 0, right = 0;
  for (const Bar& bar : chart.bars) {
    left = std::max(left, text_width(bar.name) + page_margin);
    longest = std::max(longest, bar.value);
  }
  const double scale = longest > 0 ? full_length / longest : 0;
  for (const Bar& bar : chart.bars) right = std::max(right, bar.value * scale + 6 + text_width(bar.note));
  const double words = std::max(text_width(chart.title), left + text_width(chart.unit));
  const double floor = bars_top + step * static_cast<double>(chart.bars.size());
  return {std::max(left + right, words) + page_margin, floor + 30, [=, chart = std::move(chart)](Pen& pen) {
            pen.text({8, 22}, Anchor::start, ink, chart.title);
            double y = bars_top;
            for (const Bar& bar : chart.bars) {
              draw_bar(pen, bar, {left, y}, bar.value * scale);
              y += step;
            }
            draw_line(pen, {left, bars_top - 6}, {left, floor}, grey);
            pen.text({left, floor + 18}, Anchor::start, grey, chart.unit);
          }};
}

}  // namespace cgan_jit::io
