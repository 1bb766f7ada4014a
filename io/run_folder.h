#pragma once

#include <filesystem>

#include "io/file.h"

namespace cgan_jit::io {

/// Makes and returns the next numbered folder in `parent`: 0001, 0002, ... Two processes never get the same.
/// Throws WriteError.
std::filesystem::path make_numbered_folder(const std::filesystem::path& parent);

/// Makes the folder, or takes an empty one. Throws Error when it holds anything: results are never
/// overwritten silently.
void make_fresh_folder(const std::filesystem::path& folder);

}  // namespace cgan_jit::io
