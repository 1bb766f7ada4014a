#include "frontend/init.h"

#include <cmath>
#include <functional>
#include <numeric>

#include "ir/graph.h"
#include "ir/overloaded.h"
#include "ir/standard_floats.h"

namespace cgan_jit {
namespace {

double fan_of(Fan fan, const Shape& shape) {
  if (shape.size() < 2) throw Error("a fan is that of two axes or more, not of {}", to_string(shape));
  const double rest = std::accumulate(shape.begin() + 2, shape.end(), 1.0, std::multiplies<>());
  const double in = static_cast<double>(shape[1]) * rest, out = static_cast<double>(shape[0]) * rest;
  switch (fan) {
    case Fan::in:
      return in;
    case Fan::out:
      return out;
    case Fan::mean:
      return (in + out) / 2;
  }
  throw InternalError("internal error: a fan out of range");
}

/// A uniform number of bound b has the variance b^2 / 3.
Distribution spread(const FanInit& init, const Shape& shape) {
  const StandardFloats standard;
  // Volatile: computed here, not after the host's environment is back.
  const volatile double fan = fan_of(init.fan, shape), std = init.gain / std::sqrt(fan);
  const volatile float deviation = static_cast<float>(std), bound = static_cast<float>(std::sqrt(3.0) * std);
  if (element_count(shape) == 0) return ConstantInit{};
  if (init.draw == FanInit::Draw::normal) return NormalInit{0, deviation};
  return UniformInit{bound};
}

void expect_width(const char* what, double width) {
  if (!(width >= 0 && std::isfinite(width))) throw Error("{} {}: must be 0 or more, and finite", what, width);
}

double gain_of_leaky_relu(double slope) {
  const StandardFloats standard;
  const volatile double gain = std::sqrt(2 / (1 + slope * slope));
  return gain;
}

Init kaiming(FanInit::Draw draw, const Kaiming& how) {
  return FanInit{draw, how.mode, calculate_gain(how.nonlinearity, how.a)};
}

}  // namespace

double calculate_gain(Nonlinearity nonlinearity, double slope) {
  switch (nonlinearity) {
    case Nonlinearity::linear:
    case Nonlinearity::sigmoid:
      return 1;
    case Nonlinearity::tanh:
      return 5.0 / 3;
    case Nonlinearity::relu:
      return std::sqrt(2.0);
    case Nonlinearity::leaky_relu:
      return gain_of_leaky_relu(slope);
    case Nonlinearity::selu:
      return 0.75;
  }
  throw InternalError("internal error: a nonlinearity out of range");
}

Init xavier_uniform(double gain) { return FanInit{FanInit::Draw::uniform, Fan::mean, gain}; }
Init xavier_normal(double gain) { return FanInit{FanInit::Draw::normal, Fan::mean, gain}; }
Init kaiming_uniform(const Kaiming& how) { return kaiming(FanInit::Draw::uniform, how); }
Init kaiming_normal(const Kaiming& how) { return kaiming(FanInit::Draw::normal, how); }

Distribution distribution_of(const Init& init, const Shape& shape) {
  Distribution distribution;
  std::visit(Overloaded{
                 [&](const UniformInit& uniform) {
                   expect_width("a bound of", uniform.bound);
                   distribution = uniform;
                 },
                 [&](const NormalInit& normal) {
                   expect_width("a std of", normal.std);
                   distribution = normal;
                 },
                 [&](const ConstantInit& constant) { distribution = constant; },
                 [&](const FanInit& fan) {
                   expect_width("a gain of", fan.gain);
                   distribution = spread(fan, shape);
                 },
             },
             init);
  return distribution;
}

}  // namespace cgan_jit
