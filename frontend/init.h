#pragma once

#include <cstdint>
#include <variant>

#include "ir/type.h"

namespace cgan_jit {

// How a param begins.

/// U(-bound, bound).
struct UniformInit {
  float bound = 1;
  bool operator==(const UniformInit&) const = default;
};
/// N(mean, std^2).
struct NormalInit {
  float mean = 0, std = 1;
  bool operator==(const NormalInit&) const = default;
};
/// One value everywhere.
struct ConstantInit {
  float value = 0;
  bool operator==(const ConstantInit&) const = default;
};

/// What a weight [out, in, ...rest] joins: in * rest numbers to out * rest; or the mean of both counts.
enum class Fan : uint8_t { in, out, mean };

/// Mean 0 and variance gain^2 / fan, whatever the shape will be; it has two axes or more.
struct FanInit {
  enum class Draw : uint8_t { uniform, normal } draw = Draw::uniform;
  Fan fan = Fan::in;
  double gain = 1;
  bool operator==(const FanInit&) const = default;
};

/// Any of them.
using Init = std::variant<UniformInit, NormalInit, ConstantInit, FanInit>;

// Initialisers. Those of torch.nn.init, under its names and with its numbers.

/// What follows a layer.
enum class Nonlinearity : uint8_t { linear, sigmoid, tanh, relu, leaky_relu, selu };
/// What keeps the variance behind it: sqrt(2) for relu, sqrt(2 / (1 + slope^2)) for leaky_relu, 5/3 for tanh,
/// 3/4 for selu, else 1.
double calculate_gain(Nonlinearity nonlinearity, double slope = 0.01);

/// Glorot & Bengio 2010: the mean of both fans.
Init xavier_uniform(double gain = 1);
Init xavier_normal(double gain = 1);

/// `a` is the slope of a leaky_relu below 0.
struct Kaiming {
  double a = 0;
  Fan mode = Fan::in;
  Nonlinearity nonlinearity = Nonlinearity::leaky_relu;
};
/// He et al. 2015.
Init kaiming_uniform(const Kaiming& how = {});
Init kaiming_normal(const Kaiming& how = {});

/// What a param is drawn from when its shape is known.
using Distribution = std::variant<UniformInit, NormalInit, ConstantInit>;
/// Of a param of `shape`. Throws Error when its fan cannot be told from the shape, and for a bound or std
/// that is negative or not finite.
Distribution distribution_of(const Init& init, const Shape& shape);

}  // namespace cgan_jit
