#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "frontend/tensor.h"

namespace cgan_jit::models {

/// Where the labels of fake images come from: all n_classes, or only the classes that the data set has.
enum class GenLabels : uint8_t { all, dataset };

/// How far D's answer is from what it should be: squared, or as log-likelihood of its logit, where G
/// maximises log D(fake) (non-saturating, Goodfellow et al. 2014).
enum class GanLoss : uint8_t { mse, bce };

/// The hyper-parameters, under the names of PyTorch-GAN's cgan.py.
struct CganConfig {
  int64_t n_classes = 100;  // rows of both label embeddings
  int64_t embedding = 0;    // their width; 0: n_classes
  int64_t latent_dim = 100;
  int64_t img_size = 32;
  int64_t channels = 1;
  int64_t batch_size = 64;
  double lr = 0.0002, b1 = 0.5, b2 = 0.999;  // Adam
  float dropout = 0.4f;  // probability, behind every hidden discriminator layer but the first
  float relu = 0.2f;     // slope below 0 of every LeakyReLU
  float g_dropout = 0;   // probability, behind every hidden generator layer but the first, while training and
                         // while sampling: noise (Isola et al. 2017)
  GanLoss loss = GanLoss::mse;
  float smooth_labels = 0;  // D's target for real images is 1 - smooth_labels (Salimans et al. 2016)
  GenLabels gen_labels = GenLabels::all;
  int64_t dataset_classes = 10;
  std::vector<int64_t> generator_widths = {128, 256, 512, 1024};
  std::vector<int64_t> discriminator_widths = {512, 512, 512};

  int64_t pixels() const { return channels * img_size * img_size; }
  int64_t label_width() const { return embedding > 0 ? embedding : n_classes; }
  bool operator==(const CganConfig&) const = default;
};

/// One training step of PyTorch-GAN's fully connected conditional GAN: generator and discriminator, both
/// losses, both Adam updates.
///   inputs   "images" u8 [dataset_size, pixels] and "labels" u8 [dataset_size], the data set;
///            "indices" i32 [batch], this step's rows of it; "seed" and "step" u32
///   outputs  "g_loss", "d_loss"; the updates of all params, moments and running statistics
/// Both losses read the weights of the step's start, and D's loss sees the images that G made with them.
/// Random streams: 0 labels of the fakes; 1, 2 z; then one a dropout layer for each of G, D(fake) in G's
/// loss, D(real), D(fake) in D's loss.
Recording training_step(const CganConfig& config, int64_t batch, int64_t dataset_size);
void record_training_step(Builder& builder, const CganConfig& config, int64_t batch, int64_t dataset_size);

/// Pictures: inputs "z" f32 [count, latent_dim] and "labels" i32 [count], with g_dropout "seed" and "step"
/// (u32) too; output "images" f32 [count, pixels] in [-1, 1]. Batch normalisation uses the running
/// statistics.
Recording sampling(const CganConfig& config, int64_t count);

/// The losses of a training step, with the same inputs, that changes nothing. In evaluation mode without
/// D's dropout and with the running statistics; in training mode as the step itself sees them.
Recording evaluation(const CganConfig& config, int64_t batch, int64_t dataset_size, Mode mode);
/// Of the builder's mode; `build_without_updates` builds it.
void record_evaluation(Builder& builder, const CganConfig& config, int64_t batch, int64_t dataset_size);

/// The params of the training step, optimiser state included, in the order of their declaration.
std::vector<ParamDecl> params(const CganConfig& config);

/// The least arithmetic of one training step, in 1e9 operations (a multiplication and an addition are two):
/// its matrix products without dead work (gradients that nobody reads: D's weights in G's step, and the first
/// layers' inputs that are data), D's layers before the first dropout computed once for the fakes of both
/// losses.
double least_gflop(const CganConfig& config, int64_t batch);

}  // namespace cgan_jit::models
