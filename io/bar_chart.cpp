#include <algorithm>

#include "io/plot.h"

namespace cgan_jit::io {
namespace {

constexpr double width = 720, top = 44, step = 30, thickness = 20, note_width = 190;
constexpr const char *usual = "#0072b2", *standing_out = "#d55e00";

void draw_bar(Pen& pen, const Bar& bar, Point corner, double length) {
  const auto [x, y] = corner;
  pen.text({x - 8, y + 14}, Anchor::end, ink, bar.name);
  fill_box(pen, corner, length, thickness, bar.stands_out ? standing_out : usual);
  pen.text({x + length + 6, y + 14}, Anchor::start, grey, bar.note);
}

}  // namespace

Drawing bar_chart(BarChart chart) {
  double left = 0, longest = 0;
  for (const Bar& bar : chart.bars) {
    left = std::max(left, text_width(bar.name) + 16);
    longest = std::max(longest, bar.value);
  }
  const double floor = top + step * static_cast<double>(chart.bars.size());
  const double scale = longest > 0 ? (width - left - note_width) / longest : 0;
  return {width, floor + 30, [=, chart = std::move(chart)](Pen& pen) {
            pen.text({8, 22}, Anchor::start, ink, chart.title);
            double y = top;
            for (const Bar& bar : chart.bars) {
              draw_bar(pen, bar, {left, y}, bar.value * scale);
              y += step;
            }
            draw_line(pen, {left, top - 6}, {left, floor}, grey);
            pen.text({left, floor + 18}, Anchor::start, grey, chart.unit);
          }};
}

}  // namespace cgan_jit::io
