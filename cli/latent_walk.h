#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cgan_jit::cli {

/// Noise on the way between two noises, each [pictures][width], at t of [0, 1]. Every picture's vector turns
/// from the one's direction to the other's (spherical interpolation: Shoemake 1985, section 3.3; White 2016,
/// "Sampling generative networks", section 2.1): halfway between two normal vectors on a straight line lie
/// shorter ones than a generator ever sees. Exactly `from` at 0 and `to` at 1. Throws Error when the two are
/// not whole pictures, equally many.
std::vector<float> spherical(std::span<const float> from, std::span<const float> to, int64_t width, double t);

}  // namespace cgan_jit::cli
