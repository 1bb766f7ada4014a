#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "cli/config.h"
#include "frontend/session.h"
#include "io/safetensors.h"

namespace cgan_jit::cli {

/// A training run between two steps: all params and moments, and in the file's metadata how it was asked for.
struct Checkpoint {
  std::filesystem::path path;
  int64_t step = 0;  // steps done
  TrainConfig config;
  std::string data;  // which pictures it learned from (identity_of); empty in files that others wrote
  io::Safetensors file;
};

/// Writes the file, all at once, with a checksum. Names and layout are those of PyTorch-GAN's modules,
/// "generator." and "discriminator." in front; the moments of param p are adam.p.m and adam.p.v. Throws
/// io::WriteError, and NotFinite before anything is written.
void save_checkpoint(const std::filesystem::path& file, const Session& session, int64_t step,
                     const TrainConfig& config, const std::string& data);

/// Throws Error for a file that is no checkpoint of ours, whose checksum is wrong (one without is taken at
/// its word), or that holds a number which is not finite.
Checkpoint read_checkpoint(const std::filesystem::path& file);

/// How the checkpoint was asked for, without a look at its tensors. Throws Error.
TrainConfig read_checkpoint_config(const std::filesystem::path& file);

/// Sets every param of the session. Throws Error when one is missing or has another shape.
void restore(Session& session, const Checkpoint& checkpoint);

}  // namespace cgan_jit::cli
