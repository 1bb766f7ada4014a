#pragma once

#include <vector>

#include "cli/config.h"
#include "training/batch_programs.h"
#include "training/checkpoint.h"
#include "training/loss.h"

namespace cgan_jit::cli {

// What a training of any net is told of the conditional GAN.

training::Record gan_step(const models::CganConfig& model);
training::Record gan_evaluation(const models::CganConfig& model);
/// Of both programs.
const std::vector<training::Loss>& gan_losses();

/// What the checkpoint's run was asked for. Throws Error "FILE: what".
TrainConfig config_of(const training::Checkpoint& checkpoint);
/// The same, without a look at its tensors.
TrainConfig read_checkpoint_config(const std::filesystem::path& checkpoint);

}  // namespace cgan_jit::cli
