#pragma once

#include <string>
#include <vector>

namespace cgan_jit::io {

/// y over x; both of one length, x increasing.
struct Curve {
  std::string name;
  std::vector<double> x, y;
};

/// A line chart as an SVG picture of 720 x 360, which stands alone as a file or inside an HTML page. A curve
/// with more points than pixels is drawn as the mean of every pixel's points, on a pale band from the
/// smallest to the largest. What is not finite is left out.
std::string line_chart(const std::string& title, const std::string& x_name, const std::vector<Curve>& curves);

}  // namespace cgan_jit::io
