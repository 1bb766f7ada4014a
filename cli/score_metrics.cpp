#include "cli/score_metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cgan_jit::cli {
namespace {

double ratio(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Sums of the bytes at one pixel and of their squares: exact in whole numbers.
struct Moments {
  int64_t sum = 0, squares = 0;
};

/// The standard deviation of `count` bytes, in units of [-1, 1].
double deviation(const Moments& moments, int64_t count) {
  constexpr double units = 2.0 / 255;
  const int64_t scaled_variance = count * moments.squares - moments.sum * moments.sum;  // times count^2
  return units * std::sqrt(static_cast<double>(scaled_variance)) / static_cast<double>(count);
}

double spread(const std::vector<Moments>& pixels, int64_t count) {
  if (count == 0) return 0;
  double sum = 0;
  for (const Moments& moments : pixels) sum += deviation(moments, count);
  return sum / static_cast<double>(pixels.size());
}

}  // namespace

int64_t Confusion::asked(int64_t label) const {
  const auto row = counts.begin() + label * classes;
  return std::accumulate(row, row + classes, int64_t{0});
}

double Confusion::recognised(int64_t label) const { return ratio(at(label, label), asked(label)); }

double Confusion::recognised() const {
  int64_t right = 0;
  for (int64_t label = 0; label < classes; ++label) right += at(label, label);
  return ratio(right, std::accumulate(counts.begin(), counts.end(), int64_t{0}));
}

Confusion confusion_of(std::span<const uint8_t> asked, std::span<const uint8_t> recognised, int64_t classes) {
  Confusion confusion{classes, std::vector<int64_t>(static_cast<size_t>(classes * classes))};
  for (size_t i = 0; i < asked.size(); ++i) ++confusion.counts[asked[i] * classes + recognised[i]];
  return confusion;
}

std::vector<double> spread_by_class(std::span<const uint8_t> pictures, std::span<const uint8_t> labels,
                                    int64_t classes) {
  const size_t pixels = labels.empty() ? 0 : pictures.size() / labels.size();
  std::vector<std::vector<Moments>> moments(static_cast<size_t>(classes), std::vector<Moments>(pixels));
  std::vector<int64_t> counts(static_cast<size_t>(classes));
  for (size_t i = 0; i < labels.size(); ++i) {
    std::vector<Moments>& of_class = moments[labels[i]];
    ++counts[labels[i]];
    for (size_t pixel = 0; pixel < pixels; ++pixel) {
      const int64_t byte = pictures[i * pixels + pixel];
      of_class[pixel].sum += byte;
      of_class[pixel].squares += byte * byte;
    }
  }
  std::vector<double> spreads;
  for (size_t label = 0; label < counts.size(); ++label)
    spreads.push_back(spread(moments[label], counts[label]));
  return spreads;
}

}  // namespace cgan_jit::cli
