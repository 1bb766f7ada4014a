#include "bench/nets/wgan.h"

#include "bench/nets/gan.h"
#include "frontend/cgan_jit.h"

namespace cgan_jit::nets {
namespace {

constexpr double penalty_weight = 10, weight_limit = 0.01;

RMSprop rms_prop() { return {.lr = 5e-5}; }
Adam adam() { return {.lr = 0.0002, .b1 = 0.5}; }

/// images [batch, pixels] -> [batch, 1].
Sequential critic(const Scope& scope, const WganSizes& sizes) {
  Sequential model = critic_trunk(scope, sizes.pixels, sizes.critic);
  model.add<Linear>(sizes.critic.back(), int64_t{1});
  return model;
}

/// Both nets, in one program's builder.
struct WganNets {
  WganNets(Builder& with_builder, const WganSizes& with_sizes)
      : builder(with_builder),
        sizes(with_sizes),
        make(generator(builder / "generator", sizes.latent, sizes.generator, sizes.pixels)),
        judge(critic(builder / "critic", sizes)) {}

  Tensor fakes() const { return make(random_normal(builder, {sizes.batch, sizes.latent})); }

  Builder& builder;
  const WganSizes& sizes;
  Sequential make, judge;
};

/// mean over the batch of (|gradient of the critic| - 1)^2, at a point between each pair of images.
Tensor gradient_penalty(const WganNets& nets, const Tensor& real, const Tensor& fake) {
  const Tensor share = random_uniform(nets.builder, {nets.sizes.batch, 1});
  const Tensor between = share * real + (1 - share) * fake;
  const Tensor slope = grad(sum(nets.judge(between)), {between})[0];
  const Tensor excess = sqrt(sum(slope * slope, {1})) - 1;
  return mean(excess * excess);
}

template <typename Optimizer>
void add_generator_program(TrainingStep& step, const WganSizes& sizes, uint32_t first_stream,
                           const Optimizer& optimizer) {
  Builder builder(Mode::train, first_stream);
  const WganNets nets(builder, sizes);
  const Tensor loss = -mean(nets.judge(nets.fakes()));
  builder.output("generator_loss", loss);
  optimizer.minimize(loss, builder.trained("generator"));
  add_program(step, "generator", builder);
}

}  // namespace

TrainingStep wgan(const WganSizes& sizes) {
  Builder builder;
  const WganNets nets(builder, sizes);
  const Tensor real = builder.input("real", DType::f32, {sizes.batch, sizes.pixels});
  const Tensor fake = detach(nets.fakes());
  const Tensor loss = mean(nets.judge(fake)) - mean(nets.judge(real));
  builder.output("critic_loss", loss);
  rms_prop().minimize(loss, builder.trained("critic"));
  for (const Tensor& weight : builder.trained("critic"))
    builder.update(weight, minimum(maximum(builder.latest(weight), -weight_limit), weight_limit));

  TrainingStep step{sizes.batch, {}};
  add_program(step, "critic", builder, sizes.critic_runs);
  add_generator_program(step, sizes, 2, rms_prop());
  return step;
}

TrainingStep wgan_gp(const WganSizes& sizes) {
  Builder builder;
  const WganNets nets(builder, sizes);
  const Tensor real = builder.input("real", DType::f32, {sizes.batch, sizes.pixels});
  const Tensor fake = detach(nets.fakes());
  const Tensor loss =
      mean(nets.judge(fake)) - mean(nets.judge(real)) + penalty_weight * gradient_penalty(nets, real, fake);
  builder.output("critic_loss", loss);
  adam().minimize(loss, builder.trained("critic"));

  TrainingStep step{sizes.batch, {}};
  add_program(step, "critic", builder, sizes.critic_runs);
  add_generator_program(step, sizes, 3, adam());
  return step;
}

}  // namespace cgan_jit::nets
