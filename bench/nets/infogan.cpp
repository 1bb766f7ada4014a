#include "bench/nets/infogan.h"

#include "bench/nets/gan.h"
#include "frontend/cgan_jit.h"

namespace cgan_jit::nets {
namespace {

constexpr double lr = 0.0002, b1 = 0.5, b2 = 0.999;
constexpr double class_weight = 1, code_weight = 0.1;

/// [batch] -> f32 [batch, classes], 1 at the label.
Tensor one_hot(const Tensor& labels, int64_t classes) {
  const int64_t batch = labels.shape()[0];
  return cast(labels.builder->iota(1, {batch, classes}) == reshape(labels, {batch, 1}), DType::f32);
}

/// What G makes images of.
struct Latent {
  Latent(Builder& builder, const InfoGanSizes& sizes)
      : noise(random_normal(builder, {sizes.batch, sizes.latent})),
        labels(random_integers(builder, sizes.classes, {sizes.batch})),
        code(random_uniform(builder, {sizes.batch, sizes.code}) * 2 - 1) {}
  Tensor noise, labels, code;
};

/// Both nets, in the builder of one of the programs.
struct InfoGanNets {
  InfoGanNets(Builder& with_builder, const InfoGanSizes& with_sizes)
      : builder(with_builder),
        sizes(with_sizes),
        model(generator(builder / "generator", sizes.latent + sizes.classes + sizes.code, sizes.generator,
                        sizes.pixels)),
        trunk(critic_trunk(builder / "trunk", sizes.pixels, sizes.discriminator)),
        validity(builder / "validity", sizes.discriminator.back(), 1),
        label(builder / "label", sizes.discriminator.back(), sizes.classes),
        code(builder / "code", sizes.discriminator.back(), sizes.code) {}

  Tensor make(const Latent& of) const {
    return model(concat({of.noise, one_hot(of.labels, sizes.classes), of.code}, 1));
  }
  Tensor judge(const Tensor& images) const { return validity(trunk(images)); }
  std::vector<Tensor> trained(const std::vector<std::string>& scopes) const {
    std::vector<Tensor> all;
    for (const std::string& scope : scopes)
      std::ranges::copy(builder.trained(scope), std::back_inserter(all));
    return all;
  }

  Builder& builder;
  const InfoGanSizes& sizes;
  Sequential model, trunk;
  Linear validity, label, code;
};

void add_generator(TrainingStep& step, const InfoGanSizes& sizes) {
  Builder builder;
  const InfoGanNets nets(builder, sizes);
  const Tensor loss = mse_loss(nets.judge(nets.make({builder, sizes})), 1);
  builder.output("generator_loss", loss);
  Adam{.lr = lr, .b1 = b1, .b2 = b2}.minimize(loss, nets.trained({"generator"}));
  add_program(step, "generator", builder);
}

void add_discriminator(TrainingStep& step, const InfoGanSizes& sizes) {
  Builder builder(Mode::train, 4);
  const InfoGanNets nets(builder, sizes);
  const Tensor real = builder.input("real", DType::f32, {sizes.batch, sizes.pixels});
  const Tensor fake = detach(nets.make({builder, sizes}));
  const Tensor loss = (mse_loss(nets.judge(real), 1) + mse_loss(nets.judge(fake), 0)) / 2;
  builder.output("discriminator_loss", loss);
  Adam{.lr = lr, .b1 = b1, .b2 = b2}.minimize(loss, nets.trained({"trunk", "validity"}));
  add_program(step, "discriminator", builder);
}

void add_info(TrainingStep& step, const InfoGanSizes& sizes) {
  Builder builder(Mode::train, 8);
  const InfoGanNets nets(builder, sizes);
  const Latent latent(builder, sizes);
  const Tensor seen = nets.trunk(nets.make(latent));
  const Tensor loss = class_weight * cross_entropy(nets.label(seen), latent.labels) +
                      code_weight * mse_loss(nets.code(seen), latent.code);
  builder.output("info_loss", loss);
  Adam{.lr = lr, .b1 = b1, .b2 = b2, .name = "info"}.minimize(
      loss, nets.trained({"generator", "trunk", "label", "code"}));
  add_program(step, "info", builder);
}

}  // namespace

TrainingStep infogan(const InfoGanSizes& sizes) {
  TrainingStep step{sizes.batch, {}};
  add_generator(step, sizes);
  add_discriminator(step, sizes);
  add_info(step, sizes);
  return step;
}

}  // namespace cgan_jit::nets
