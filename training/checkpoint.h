#pragma once

#include <filesystem>
#include <string>

#include "frontend/session.h"
#include "io/safetensors.h"

namespace cgan_jit::training {

/// A training between two steps: all params and moments, and in the file's metadata how it was asked for.
struct Checkpoint {
  std::filesystem::path path;
  int64_t step = 0;    // steps done
  std::string config;  // a JSON object
  std::string data;    // what it learned from (DataSet::identity); empty in files that others wrote
  io::Safetensors file;
};

/// Writes the file, all at once, with a checksum: the session's params under their names, as they are after
/// `step`. Where there is a running_mean but no num_batches_tracked beside it, which PyTorch wants, it is
/// `step`. Throws io::WriteError, and NotFinite before anything is written.
void save_checkpoint(const std::filesystem::path& file, const Session& session, int64_t step,
                     const std::string& config, const std::string& data);

/// Throws Error for a file that is no checkpoint of ours, whose checksum is wrong (one without is taken at
/// its word), or that holds a number which is not finite.
Checkpoint read_checkpoint(const std::filesystem::path& file);

/// How the checkpoint was asked for, without a look at its tensors. Throws Error.
std::string read_checkpoint_config(const std::filesystem::path& file);

/// Sets every param of the session. Throws Error when one is missing or has another type or shape.
void restore(Session& session, const Checkpoint& checkpoint);

/// The same from any safetensors file: each param is the tensor that is called `prefix` and its name; other
/// tensors do not matter. Throws Error, too, as io::read_safetensors does, and for a checkpoint of ours whose
/// checksum is wrong.
void read_params(Session& session, const std::filesystem::path& file, const std::string& prefix = "");

}  // namespace cgan_jit::training
