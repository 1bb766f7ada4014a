#include "models/cgan.h"

#include "frontend/layers.h"
#include "frontend/losses.h"
#include "frontend/optimizers.h"

namespace cgan_jit::models {

namespace {

constexpr float batch_norm_eps = 0.8f;  // what the second argument of PyTorch-GAN's BatchNorm1d means

/// Dropout in either mode.
struct NoiseDropout {
  float p;
  Tensor operator()(const Located& x) const { return dropout(x, p, Mode::train); }
};

struct Generator {
  Generator(const CganConfig& config, const Scope& scope)
      : label_emb(scope / "label_emb", config.n_classes, config.label_width()), model(scope / "model") {
    int64_t in = config.label_width() + config.latent_dim;
    for (size_t i = 0; i < config.generator_widths.size(); ++i) {
      const int64_t out = config.generator_widths[i];
      model.add<Linear>(in, out);
      if (i > 0) model.add<BatchNorm1d>(out, batch_norm_eps);
      if (i > 0 && config.g_dropout > 0) model.add<NoiseDropout>(config.g_dropout);
      model.add<LeakyReLU>(config.relu);
      in = out;
    }
    model.add<Linear>(in, config.pixels());
    model.add<Tanh>();
  }

  /// z [batch, latent_dim], labels i32 [batch] -> [batch, pixels].
  Tensor operator()(const Tensor& z, const Tensor& labels) const {
    return model(concat({label_emb(labels), z}, 1));
  }

  Embedding label_emb;
  Sequential model;
};

struct Discriminator {
  Discriminator(const CganConfig& config, const Scope& scope)
      : label_embedding(scope / "label_embedding", config.n_classes, config.label_width()),
        model(scope / "model") {
    int64_t in = config.pixels() + config.label_width();
    for (size_t i = 0; i < config.discriminator_widths.size(); ++i) {
      const int64_t out = config.discriminator_widths[i];
      model.add<Linear>(in, out);
      if (i > 0) model.add<Dropout>(config.dropout);
      model.add<LeakyReLU>(config.relu);
      in = out;
    }
    model.add<Linear>(in, int64_t{1});
  }

  /// images [batch, pixels], labels i32 [batch] -> validity [batch, 1], with bce its logit.
  Tensor operator()(const Tensor& images, const Tensor& labels) const {
    return model(concat({images, label_embedding(labels)}, 1));
  }

  Embedding label_embedding;
  Sequential model;
};

struct Batch {
  Tensor images;  // f32 [batch, pixels] in [-1, 1]
  Tensor labels;  // i32 [batch]
};

/// The rows "indices" of the data set, pixels scaled as torchvision's ToTensor and Normalize(.5, .5) do.
Batch real_batch(Builder& builder, const CganConfig& config, int64_t batch, int64_t dataset_size) {
  const Tensor images = builder.input("images", DType::u8, {dataset_size, config.pixels()});
  const Tensor labels = builder.input("labels", DType::u8, {dataset_size});
  const Tensor indices = builder.input("indices", DType::i32, {batch});
  const Tensor pixels = cast(embedding(images, indices), DType::f32);
  return {(pixels / 255 - 0.5) / 0.5, cast(embedding(labels, indices), DType::i32)};
}

struct Losses {
  Tensor g, d;
};

Tensor distance(const CganConfig& config, const Tensor& validity, double target) {
  return config.loss == GanLoss::mse ? mse_loss(validity, target) : bce_with_logits_loss(validity, target);
}

/// Both losses of a step, as outputs. The nets' params are declared first, so that their first values do not
/// depend on the rest.
Losses record_losses(Builder& builder, const CganConfig& config, int64_t batch, int64_t dataset_size) {
  const Generator generator(config, builder / "generator");
  const Discriminator discriminator(config, builder / "discriminator");
  const Batch real = real_batch(builder, config, batch, dataset_size);
  const int64_t classes = config.gen_labels == GenLabels::all ? config.n_classes : config.dataset_classes;
  const Tensor gen_labels = random_integers(builder, classes, {batch});
  const Tensor z = random_normal(builder, {batch, config.latent_dim});

  const Tensor fake = generator(z, gen_labels);
  const Tensor g_loss = distance(config, discriminator(fake, gen_labels), 1);
  const Tensor real_loss =
      distance(config, discriminator(real.images, real.labels), 1 - config.smooth_labels);
  const Tensor fake_loss = distance(config, discriminator(detach(fake), gen_labels), 0);
  const Losses losses{g_loss, (real_loss + fake_loss) / 2};
  builder.output("g_loss", losses.g);
  builder.output("d_loss", losses.d);
  return losses;
}

/// Inputs of each Linear of a net, and the outputs of the last one.
std::vector<int64_t> widths(int64_t first, const std::vector<int64_t>& hidden, int64_t last) {
  std::vector<int64_t> all = {first};
  all.insert(all.end(), hidden.begin(), hidden.end());
  all.push_back(last);
  return all;
}

}  // namespace

void record_training_step(Builder& builder, const CganConfig& config, int64_t batch, int64_t dataset_size) {
  const Losses losses = record_losses(builder, config, batch, dataset_size);
  const Adam adam{.lr = config.lr, .b1 = config.b1, .b2 = config.b2, .count = builder.step()};
  adam.minimize(losses.g, builder.trained("generator"));
  adam.minimize(losses.d, builder.trained("discriminator"));
}

Recording training_step(const CganConfig& config, int64_t batch, int64_t dataset_size) {
  Builder builder;
  record_training_step(builder, config, batch, dataset_size);
  return builder.build();
}

Recording sampling(const CganConfig& config, int64_t count) {
  Builder builder(Mode::eval);
  const Generator generator(config, builder / "generator");
  const Tensor z = builder.input("z", DType::f32, {count, config.latent_dim});
  const Tensor labels = builder.input("labels", DType::i32, {count});
  builder.output("images", generator(z, labels));
  return builder.build();
}

void record_evaluation(Builder& builder, const CganConfig& config, int64_t batch, int64_t dataset_size) {
  record_losses(builder, config, batch, dataset_size);
}

Recording evaluation(const CganConfig& config, int64_t batch, int64_t dataset_size, Mode mode) {
  Builder builder(mode);
  record_evaluation(builder, config, batch, dataset_size);
  return builder.build_without_updates();
}

std::vector<ParamDecl> params(const CganConfig& config) { return training_step(config, 2, 1).params; }

// Each product of an [m, k] by a [k, n] matrix counts m k n. Rows: B for the generator; in D forward 2 B
// (fake and real) before the first dropout and 3 B behind it, as G's and D's steps drop differently; backward
// B in G's step and 2 B in D's.
double least_gflop(const CganConfig& config, int64_t batch) {
  const auto g = widths(config.label_width() + config.latent_dim, config.generator_widths, config.pixels());
  const auto d = widths(config.pixels() + config.label_width(), config.discriminator_widths, 1);
  int64_t products = 0;  // of one row
  for (size_t i = 0; i + 1 < g.size(); ++i) {
    const int64_t gradient_columns = i == 0 ? config.label_width() : g[i];  // z wants no gradient
    products += g[i + 1] * (2 * g[i] + gradient_columns);
  }
  for (size_t i = 0; i + 1 < d.size(); ++i) {
    const bool before_dropout = i < 2 || config.dropout == 0;
    const int64_t in_g_step = i == 0 ? config.pixels() : d[i];       // G's step wants the images' gradient,
    const int64_t in_d_step = i == 0 ? config.label_width() : d[i];  // D's step the label embedding's
    products += d[i + 1] * ((before_dropout ? 2 : 3) * d[i] + in_g_step + 2 * in_d_step + 2 * d[i]);
  }
  return 2e-9 * static_cast<double>(batch) * static_cast<double>(products);
}

}  // namespace cgan_jit::models
