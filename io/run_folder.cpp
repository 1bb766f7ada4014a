#include "io/run_folder.h"

#include <algorithm>
#include <charconv>

namespace cgan_jit::io {
namespace {

/// The number that a folder's whole name is, or 0.
int number_of(const std::string& name) {
  int number = 0;
  const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
  return problem == std::errc() && end == name.data() + name.size() ? std::max(number, 0) : 0;
}

int highest_number(const std::filesystem::path& parent) {
  int highest = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(parent, error)) {
    highest = std::max(highest, number_of(entry.path().filename().string()));
  }
  if (error) throw WriteError("{}: {}", parent.string(), error.message());
  return highest;
}

std::filesystem::path make_numbered(const std::filesystem::path& parent) {
  make_folder(parent);
  // Making a folder that is there already says so: then somebody else was quicker.
  for (int number = highest_number(parent) + 1;; ++number) {
    std::filesystem::path folder = parent / fmt::format("{:04}", number);
    std::error_code error;
    if (std::filesystem::create_directory(folder, error)) return folder;
    if (error) throw WriteError("{}: {}", folder.string(), error.message());
  }
}

}  // namespace

RunFolder RunFolder::numbered(const std::filesystem::path& parent) {
  return RunFolder(make_numbered(parent));
}

RunFolder RunFolder::fresh(const std::filesystem::path& folder) {
  make_folder(folder);
  RunFolder run(folder);
  remove_temporaries(folder);
  std::error_code error;
  const bool empty = std::filesystem::is_empty(folder, error);
  if (error) throw WriteError("{}: {}", folder.string(), error.message());
  if (!empty) throw Error("{}: holds files already; choose another folder or remove it", folder.string());
  return run;
}

RunFolder RunFolder::found(const std::filesystem::path& folder) {
  std::error_code unknown;
  if (!std::filesystem::is_directory(folder, unknown))
    throw Error("{}: there is no such folder", folder.string());
  return RunFolder(folder);
}

}  // namespace cgan_jit::io
