#include "training/step_files.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "io/file.h"

namespace cgan_jit::training {
namespace {

namespace fs = std::filesystem;

std::optional<int64_t> step_of(const fs::path& file, const std::string& ending) {
  const std::string digits = file.stem().string();
  int64_t step = -1;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
  if (problem != std::errc() || end != digits.data() + digits.size() || step < 0) return {};
  return file.filename() == step_file_name(step, ending) ? std::optional(step) : std::nullopt;
}

}  // namespace

std::string step_file_name(int64_t step, const std::string& ending) {
  return fmt::format("{:06}{}", step, ending);
}

std::map<int64_t, fs::path> step_files(const fs::path& folder, const std::string& ending) {
  std::map<int64_t, fs::path> found;
  std::error_code none;
  fs::directory_iterator entry(folder, none);
  for (; entry != fs::directory_iterator(); entry.increment(none)) {
    if (const auto step = step_of(entry->path(), ending)) found.emplace(*step, entry->path());
  }
  return found;
}

void remove_step_files_after(int64_t step, const fs::path& folder, const std::string& ending) {
  const auto files = step_files(folder, ending);
  for (auto later = files.upper_bound(step); later != files.end(); ++later) {
    std::error_code error;
    if (!fs::remove(later->second, error) && error)
      throw io::WriteError("{}: {}", later->second.string(), error.message());
  }
}

}  // namespace cgan_jit::training
