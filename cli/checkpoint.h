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
  int64_t step = 0;  // steps done
  TrainConfig config;
  io::Safetensors file;
};

/// Writes RUN/checkpoints/NNNNNN.safetensors, all at once, and points the link `last` there; returns the
/// file. Names and layout are those of PyTorch-GAN's modules, "generator." and "discriminator." in front; the
/// moments of param p are adam.p.m and adam.p.v. Throws io::WriteError.
std::filesystem::path save_checkpoint(const std::filesystem::path& run, const Session& session, int64_t step,
                                      const TrainConfig& config);

/// Throws Error for a file that is no checkpoint of ours.
Checkpoint read_checkpoint(const std::filesystem::path& file);
std::filesystem::path last_checkpoint(const std::filesystem::path& run);

/// Sets every param of the session. Throws Error when one is missing or has another shape.
void restore(Session& session, const Checkpoint& checkpoint);

}  // namespace cgan_jit::cli
