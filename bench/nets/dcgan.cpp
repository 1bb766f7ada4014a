#include "bench/nets/dcgan.h"

#include "bench/nets/gan.h"
#include "frontend/cgan_jit.h"

namespace cgan_jit::nets {
namespace {

constexpr float dropped = 0.25f;

struct Generator {
  Generator(const Scope& scope, const DcganSizes& sizes)
      : wide(sizes.wide),
        first_side(sizes.side / 4),
        l1(scope / "l1" / "0", sizes.latent, wide * first_side * first_side),
        conv_blocks(scope / "conv_blocks") {
    conv_blocks.add<BatchNorm2d>(wide);
    add_block(wide, wide);
    add_block(wide, sizes.narrow);
    conv_blocks.add<Conv2d>(sizes.narrow, 1, 3, ConvOptions{.padding = 1});
    conv_blocks.add<Tanh>();
  }

  void add_block(int64_t in, int64_t out) {
    conv_blocks.add<Upsample>(InterpolateOptions{.scale_factor = 2});
    conv_blocks.add<Conv2d>(in, out, 3, ConvOptions{.padding = 1});
    conv_blocks.add<BatchNorm2d>(out, batch_norm_eps);
    conv_blocks.add<LeakyReLU>(leaky_slope);
  }

  /// z [batch, latent] -> images [batch, 1, side, side].
  Tensor operator()(const Tensor& z) const {
    return conv_blocks(reshape(l1(z), {z.shape()[0], wide, first_side, first_side}));
  }

  int64_t wide, first_side;
  Linear l1;
  Sequential conv_blocks;
};

struct Discriminator {
  Discriminator(const Scope& scope, const DcganSizes& sizes)
      : model(scope / "model"), adv_layer(scope / "adv_layer") {
    int64_t channels = 1, side = sizes.side;
    for (int64_t out : sizes.features) {
      model.add<Conv2d>(channels, out, 3, ConvOptions{.stride = 2, .padding = 1});
      model.add<LeakyReLU>(leaky_slope);
      model.add<Dropout2d>(dropped);
      if (channels > 1) model.add<BatchNorm2d>(out, batch_norm_eps);
      channels = out;
      side = (side + 1) / 2;
    }
    adv_layer.add<Linear>(channels * side * side, 1);
    adv_layer.add<Sigmoid>();
  }

  /// images -> validity [batch, 1].
  Tensor operator()(const Tensor& images) const { return adv_layer(flatten(model(images), 1)); }

  Sequential model, adv_layer;
};

}  // namespace

TrainingStep dcgan(const DcganSizes& sizes) {
  Builder builder;
  const Generator generator(builder / "generator", sizes);
  const Discriminator discriminator(builder / "discriminator", sizes);
  const Tensor real = builder.input("real", DType::f32, {sizes.batch, 1, sizes.side, sizes.side});

  const Tensor fake = generator(random_normal(builder, {sizes.batch, sizes.latent}));
  const Tensor g_loss = bce_loss(discriminator(fake), 1);
  const Tensor real_loss = bce_loss(discriminator(real), 1);
  const Tensor d_loss = (real_loss + bce_loss(discriminator(detach(fake)), 0)) / 2;
  builder.output("generator_loss", g_loss);
  builder.output("discriminator_loss", d_loss);
  const Adam adam{.lr = 0.0002, .b1 = 0.5};
  adam.minimize(g_loss, builder.trained("generator"));
  adam.minimize(d_loss, builder.trained("discriminator"));

  TrainingStep step{sizes.batch, {}};
  add_program(step, "train", builder);
  return step;
}

}  // namespace cgan_jit::nets
