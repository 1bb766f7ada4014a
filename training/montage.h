#pragma once

#include <cstddef>
#include <filesystem>

namespace cgan_jit::training {

/// What a run's samples/ (SampleGrids, of so many rows) show of the training as one picture: montage.svg and
/// montage.png, the first row of ten grids, and samples.gif, up to a hundred grids one after the other. Pure
/// functions of the samples. Gives how many grids there are; without any, nothing is written. Throws Error
/// "FILE: why" for a grid that cannot be read or has another size than the others, and io::WriteError.
size_t write_montage(const std::filesystem::path& run, int grid_rows);

}  // namespace cgan_jit::training
