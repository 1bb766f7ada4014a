#pragma once

#include "frontend/layers.h"

namespace cgan_jit::nets {

// What PyTorch-GAN's scripts share.

constexpr float leaky_slope = 0.2f;
constexpr float batch_norm_eps = 0.8f;  // what the second argument of its BatchNorm means

// The fully connected nets.

/// z [batch, in] -> images [batch, pixels]: Linear, BatchNorm (eps 0.8; not behind the first) and LeakyReLU
/// for each width; Linear, Tanh.
Sequential generator(const Scope& scope, int64_t in, const std::vector<int64_t>& widths, int64_t pixels);

/// images [batch, in] -> [batch, the last width]: Linear and LeakyReLU for each width.
Sequential critic_trunk(const Scope& scope, int64_t in, const std::vector<int64_t>& widths);

}  // namespace cgan_jit::nets
