#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace cgan_jit::training {

// The checkpoints that a run keeps: RUN/checkpoints/NNNNNN.safetensors of each step that the interval asks
// for and of the last one, and the link `last`.

/// RUN/checkpoints.
std::filesystem::path checkpoints_of(const std::filesystem::path& run);

/// The file of a step, in a folder that is there. Throws io::WriteError.
std::filesystem::path checkpoint_file(const std::filesystem::path& run, int64_t step);

/// The file that `last` leads to; where it leads nowhere, or the file system has no links, the one of the
/// highest step. Nothing if there is none.
std::optional<std::filesystem::path> find_last_checkpoint(const std::filesystem::path& run);
/// Throws Error instead.
std::filesystem::path last_checkpoint(const std::filesystem::path& run);

/// The file of that step, or Error, which says what steps there are.
std::filesystem::path existing_checkpoint(const std::filesystem::path& run, int64_t step);
/// Of all steps, in their order. Throws Error when there are none.
std::vector<std::filesystem::path> all_checkpoints(const std::filesystem::path& run);

/// Makes `last` lead to the checkpoint of `step`, which is there, and removes earlier ones that neither
/// `interval` asks for nor the interval that they were written under (checkpoint_interval_key of their
/// configurations): they were the last of a run that went on. Throws io::WriteError.
void settle_checkpoints(const std::filesystem::path& run, int64_t step, int64_t interval);

/// Whether something that happens every `interval` steps happens at this one. 0: never.
inline bool is_due(int64_t step, int64_t interval) { return interval > 0 && step % interval == 0; }

}  // namespace cgan_jit::training
