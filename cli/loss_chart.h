#pragma once

#include <filesystem>

namespace cgan_jit::cli {

/// Draws the losses of a run's losses.csv as losses.svg and losses.png beside it. Throws Error when a line
/// cannot be read.
void write_loss_chart(const std::filesystem::path& run);

}  // namespace cgan_jit::cli
