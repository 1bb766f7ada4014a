#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "ir/scalar.h"

namespace cgan_jit {

/// A function of one real: what it is in double, the greatest error in ulp (1/2: it is rounded right), and
/// where all of its values lie.
struct ScalarReference {
  Fn fn;
  double (*exact)(double);
  double ulp;
  double low = -INFINITY, high = INFINITY;
};

inline double exact_sigmoid(double x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}

inline double exact_sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

inline const std::vector<ScalarReference>& scalar_references() {
  static const std::vector<ScalarReference> all = {
      {Fn::neg, [](double x) { return -x; }, 0.5},
      {Fn::abs, [](double x) { return std::fabs(x); }, 0.5, 0},
      {Fn::sign, exact_sign, 0.5, -1, 1},
      {Fn::floor, [](double x) { return std::floor(x); }, 0.5},
      {Fn::round, [](double x) { return std::nearbyint(x); }, 0.5},
      {Fn::sqrt, [](double x) { return std::sqrt(x); }, 0.5, -0.0},
      {Fn::exp, [](double x) { return std::exp(x); }, 1.6, 0},
      {Fn::expm1, [](double x) { return std::expm1(x); }, 1.8, -1},
      {Fn::log, [](double x) { return std::log(x); }, 0.95},
      {Fn::log1p, [](double x) { return std::log1p(x); }, 1.6},
      {Fn::tanh, [](double x) { return std::tanh(x); }, 3.5, -1, 1},
      {Fn::sigmoid, exact_sigmoid, 3.5, 0, 1},
      {Fn::sin, [](double x) { return std::sin(x); }, 1.6, -1, 1},
      {Fn::cos, [](double x) { return std::cos(x); }, 1.6, -1, 1},
      {Fn::erf, [](double x) { return std::erf(x); }, 1.4, -1, 1},
  };
  return all;
}

/// The distance from the true value in units of its last place as a float (subnormals: of the smallest one).
/// A float infinity stands for 2^128; NaN must be NaN, and a zero has the true value's sign.
inline double ulps(float actual, double exact) {
  if (std::isnan(exact) || std::isnan(actual)) return std::isnan(exact) == std::isnan(actual) ? 0 : INFINITY;
  if (std::isinf(exact)) return static_cast<double>(actual) == exact ? 0 : INFINITY;
  if (actual == 0 && std::signbit(actual) != std::signbit(exact)) return INFINITY;
  int exponent = 0;
  std::frexp(std::min(std::fabs(exact), 0x1p127), &exponent);
  const double value = std::isinf(actual) ? std::copysign(0x1p128, actual) : actual;
  const double beyond = std::min(std::fabs(exact), 0x1p128);
  return std::fabs(value - std::copysign(beyond, exact)) / std::ldexp(1.0, std::max(exponent - 24, -149));
}

/// The worst of some values: its error in ulp (infinite where a value leaves the range; at least 1/2, which
/// rounding alone makes), and where.
struct WorstError {
  double ulp = 0.5;
  float at = 0;
  void take(const ScalarReference& reference, float x, float y) {
    const double exact = reference.exact(x);
    const bool outside = y < reference.low || y > reference.high;
    const bool nearest = std::bit_cast<uint32_t>(y) == std::bit_cast<uint32_t>(static_cast<float>(exact));
    if (nearest && !outside) return;
    const double error = outside ? INFINITY : ulps(y, exact);
    if (error > ulp) ulp = error, at = x;
  }
};

}  // namespace cgan_jit
