#pragma once

#include <filesystem>

namespace cgan_jit::cli {

/// Draws a run's losses.csv as losses.svg and losses.png beside it, and its test_losses.csv likewise. Throws
/// Error when a line cannot be read.
void write_loss_charts(const std::filesystem::path& run);

/// The latter alone; nothing as long as it has no line.
void write_test_loss_chart(const std::filesystem::path& run);

}  // namespace cgan_jit::cli
