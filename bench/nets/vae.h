#pragma once

#include "bench/nets/training_step.h"

namespace cgan_jit::nets {

struct VaeSizes {
  int64_t batch = 128, pixels = 784, hidden = 400, latent = 20;
};
/// A variational autoencoder of Bernoulli pixels (Kingma & Welling 2014), as PyTorch's example has it: a
/// hidden layer with ReLU on either side of the latent variables; binary cross-entropy and divergence, summed
/// over pixels and variables, mean over the batch; Adam.
///   inputs  "x" f32 [batch, pixels] in [0, 1], "seed", "step"
///   output  "loss"
/// Random streams: 0, 1 the latent variables' noise.
TrainingStep vae(const VaeSizes& sizes);

}  // namespace cgan_jit::nets
