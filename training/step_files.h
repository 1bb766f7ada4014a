#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace cgan_jit::training {

// Files of a run that are named after steps: six digits or more, then an ending such as ".png".

std::string step_file_name(int64_t step, const std::string& ending);

/// Those of a folder, by step; what is named otherwise is left out. Empty when there is no such folder.
std::map<int64_t, std::filesystem::path> step_files(const std::filesystem::path& folder,
                                                    const std::string& ending);

/// Removes those of later steps. Throws io::WriteError.
void remove_step_files_after(int64_t step, const std::filesystem::path& folder, const std::string& ending);

}  // namespace cgan_jit::training
