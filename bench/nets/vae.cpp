#include "bench/nets/vae.h"

#include "frontend/cgan_jit.h"

namespace cgan_jit::nets {

TrainingStep vae(const VaeSizes& sizes) {
  Builder builder;
  const Linear encoder(builder / "encoder", sizes.pixels, sizes.hidden);
  const Linear to_mean(builder / "mean", sizes.hidden, sizes.latent);
  const Linear to_log_variance(builder / "log_variance", sizes.hidden, sizes.latent);
  const Linear decoder(builder / "decoder", sizes.latent, sizes.hidden);
  const Linear to_logits(builder / "logits", sizes.hidden, sizes.pixels);

  const Tensor x = builder.input("x", DType::f32, {sizes.batch, sizes.pixels});
  const Tensor hidden = relu(encoder(x));
  const Tensor mean = to_mean(hidden), log_variance = to_log_variance(hidden);
  const Tensor z = mean + random_normal(builder, mean.shape()) * exp(log_variance * 0.5);
  const Tensor logits = to_logits(relu(decoder(z)));

  const Tensor reconstruction = bce_with_logits_loss(logits, x) * sizes.pixels;
  const Tensor divergence =
      sum(1 + log_variance - mean * mean - exp(log_variance)) * (-0.5 / static_cast<double>(sizes.batch));
  return adam_step(builder, reconstruction + divergence, sizes.batch);
}

}  // namespace cgan_jit::nets
