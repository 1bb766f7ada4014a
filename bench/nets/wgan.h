#pragma once

#include "bench/nets/training_step.h"

namespace cgan_jit::nets {

/// Of PyTorch-GAN's wgan.py and wgan_gp.py, which are fully connected.
struct WganSizes {
  int64_t batch = 64, latent = 100, pixels = 32 * 32;
  std::vector<int64_t> generator = {128, 256, 512, 1024};
  std::vector<int64_t> critic = {512, 256};
  int64_t critic_runs = 5;  // for each of the generator's
};

/// A Wasserstein GAN (Arjovsky et al. 2017): RMSprop, the critic's weights clamped to +-0.01.
///   programs  "critic", "generator"
///   inputs    "real" f32 [batch, pixels], "seed", "step"
///   outputs   "critic_loss", "generator_loss"
/// Random streams: 0, 1 the critic's z; 2, 3 the generator's.
TrainingStep wgan(const WganSizes& sizes);

/// With a gradient penalty on points between real and fake images instead (Gulrajani et al. 2017), and Adam.
/// Programs, inputs and outputs as above. Random streams: 0, 1 the critic's z; 2 the points; 3, 4 the
/// generator's z.
TrainingStep wgan_gp(const WganSizes& sizes);

}  // namespace cgan_jit::nets
