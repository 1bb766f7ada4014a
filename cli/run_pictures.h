#pragma once

#include <cstddef>
#include <filesystem>

namespace cgan_jit::cli {

/// What a run's samples/ show of the training as one picture: montage.svg and montage.png, the first row of
/// noise of ten grids, and samples.gif, up to a hundred grids one after the other. Pure functions of the
/// samples. Gives how many grids there are; without any, nothing is written. Throws Error "FILE: why" for a
/// grid that cannot be read or has another size than the others, and io::WriteError.
size_t write_run_pictures(const std::filesystem::path& run);

/// The same at the end of a training: what is wrong with the samples is a warning on stderr.
void write_run_pictures_or_warn(const std::filesystem::path& run);

}  // namespace cgan_jit::cli
