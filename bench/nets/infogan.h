#pragma once

#include "bench/nets/training_step.h"

namespace cgan_jit::nets {

struct InfoGanSizes {
  int64_t batch = 64, latent = 62, classes = 10, code = 2, pixels = 32 * 32;
  std::vector<int64_t> generator = {128, 256, 512, 1024};
  std::vector<int64_t> discriminator = {512, 256};
};

/// InfoGAN (Chen et al. 2016) with the losses, weights and optimisers of PyTorch-GAN's infogan.py and fully
/// connected nets: G makes images of noise, a class and a code; D has a trunk and three heads, which tell
/// real from fake, the class, and the code. Each program draws noise, classes and codes of its own; the third
/// trains G and D together, with moments of its own.
///   programs  "generator", "discriminator", "info"
///   inputs    "real" f32 [batch, pixels], "seed", "step"
///   outputs   "generator_loss", "discriminator_loss", "info_loss"
/// Random streams of program i: 4 i and 4 i + 1 noise, 4 i + 2 classes, 4 i + 3 codes.
TrainingStep infogan(const InfoGanSizes& sizes);

}  // namespace cgan_jit::nets
