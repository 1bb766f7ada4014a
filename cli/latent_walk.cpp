#include "cli/latent_walk.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ir/error.h"

namespace cgan_jit::cli {
namespace {

double product(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

struct Weights {
  double from, to;
};

/// Vectors in one direction, or in opposite ones, have no arc between them: a straight line is left.
Weights weights_at(double t, double angle) {
  constexpr double least_sine = 1e-6;
  const double sine = std::sin(angle);
  if (!(sine > least_sine)) return {1 - t, t};
  return {std::sin((1 - t) * angle) / sine, std::sin(t * angle) / sine};
}

double angle_between(std::span<const float> a, std::span<const float> b) {
  const double cosine = product(a, b) / std::sqrt(product(a, a) * product(b, b));
  return std::acos(std::clamp(cosine, -1.0, 1.0));
}

}  // namespace

std::vector<float> spherical(std::span<const float> from, std::span<const float> to, int64_t width,
                             double t) {
  const auto step = static_cast<size_t>(width);
  if (width <= 0 || from.size() != to.size() || from.size() % step != 0)
    throw Error("walk: from {} to {} numbers, {} a picture", from.size(), to.size(), width);
  std::vector<float> between;
  for (size_t i = 0; i < from.size(); i += step) {
    const auto a = from.subspan(i, step), b = to.subspan(i, step);
    const Weights weights = weights_at(t, angle_between(a, b));
    for (size_t k = 0; k < step; ++k)
      between.push_back(static_cast<float>(weights.from * a[k] + weights.to * b[k]));
  }
  return between;
}

}  // namespace cgan_jit::cli
