#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/pen.h"

namespace cgan_jit::io {

constexpr double page_margin = 16;  // right of a drawing, and below it

/// y over x; both of one length, x increasing.
struct Curve {
  std::string name;  // in the legend
  std::vector<double> x, y;
};

/// Curves over one pair of axes. A curve with more points than pixels is drawn as the mean of every pixel's
/// points, on a pale band from the smallest to the largest; a single point as a dot. What is not finite is
/// left out. Throws Error when a curve's x and y are not equally many.
struct LineChart {
  std::string title, x_name, y_name;
  std::vector<Curve> curves;
};
Drawing line_chart(LineChart chart);

/// How a bar looks: as most do, as the one that the chart is about, or as one that is less comparable.
enum class BarKind : uint8_t { usual, standing_out, faint };

/// A bar of length `value` >= 0, a note behind it.
struct Bar {
  std::string name;
  double value = 0;
  std::string note;
  BarKind kind = BarKind::usual;
};
/// Horizontal bars from 0, one below the other, on a page as wide as names and notes ask for.
struct BarChart {
  std::string title, unit;
  std::vector<Bar> bars;
};
Drawing bar_chart(BarChart chart);

/// A table of counts, rows by columns, each cell as dark as its share of its row. Throws Error when the
/// counts are not rows x columns many.
struct HeatMap {
  std::string title, row_name, column_name;
  std::vector<std::string> rows, columns;
  std::vector<int64_t> counts;
};
Drawing heat_map(HeatMap map);

}  // namespace cgan_jit::io
