#pragma once

#include "bench/nets/training_step.h"

namespace cgan_jit::nets {

struct DcganSizes {
  int64_t batch = 64, latent = 100, side = 32;        // side: pixels, a multiple of 4
  int64_t wide = 128, narrow = 64;                    // G's channels
  std::vector<int64_t> features = {16, 32, 64, 128};  // D's channels, each at half the side before
};
/// The step of PyTorch-GAN's dcgan.py on grey images (after Radford et al. 2016): G doubles the side of a
/// Linear's feature maps twice, a convolution behind each; D halves the images'. Binary cross-entropy, Adam;
/// G's fakes serve both steps.
///   inputs   "real" f32 [batch, 1, side, side], "seed", "step"
///   outputs  "generator_loss", "discriminator_loss"
/// Random streams: 0, 1 z; then one a dropout, of D on fakes for G, on real images, on fakes for D.
TrainingStep dcgan(const DcganSizes& sizes);

}  // namespace cgan_jit::nets
