#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "io/plot.h"
#include "ir/error.h"

namespace cgan_jit::io {
namespace {

constexpr double left = 80, cells_top = 64, cell_width = 52, cell_height = 28;

/// White for nothing, blue for all. Square roots, so that few are seen, too.
std::string shade(double share) {
  const auto red = static_cast<int>(std::lround(255 * (1 - 0.6 * std::sqrt(share))));
  return fmt::format("#{:02x}{:02x}ff", red, (red + 255) / 2);
}

void draw_row(Pen& pen, std::span<const int64_t> counts, double y) {
  const auto sum = static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
  double x = left;
  for (int64_t count : counts) {
    const double share = sum > 0 ? static_cast<double>(count) / sum : 0;
    fill_box(pen, {x, y}, cell_width - 2, cell_height - 2, shade(share));
    pen.text({x + cell_width / 2 - 1, y + 18}, Anchor::middle, ink, fmt::format("{}", count));
    x += cell_width;
  }
}

void draw(Pen& pen, const HeatMap& map) {
  pen.text({8, 22}, Anchor::start, ink, map.title);
  pen.text({left - 12, cells_top - 8}, Anchor::end, grey, map.row_name);
  pen.text({left, cells_top - 26}, Anchor::start, grey, map.column_name);
  for (size_t column = 0; column < map.columns.size(); ++column) {
    const double x = left + (static_cast<double>(column) + 0.5) * cell_width;
    pen.text({x, cells_top - 8}, Anchor::middle, ink, map.columns[column]);
  }
  const size_t columns = map.columns.size();
  for (size_t row = 0; row < map.rows.size(); ++row) {
    const double y = cells_top + static_cast<double>(row) * cell_height;
    pen.text({left - 12, y + 18}, Anchor::end, ink, map.rows[row]);
    draw_row(pen, std::span(map.counts).subspan(row * columns, columns), y);
  }
}

}  // namespace

Drawing heat_map(HeatMap map) {
  check(map.counts.size() == map.rows.size() * map.columns.size(), "heat map: {} counts for {} x {}",
        map.counts.size(), map.rows.size(), map.columns.size());
  const double width = left + cell_width * static_cast<double>(map.columns.size()) + page_margin;
  const double height = cells_top + cell_height * static_cast<double>(map.rows.size()) + page_margin;
  return {std::max(width, text_width(map.title) + page_margin), height,
          [map = std::move(map)](Pen& pen) { draw(pen, map); }};
}

}  // namespace cgan_jit::io
