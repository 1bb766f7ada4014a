#include "cli/checkpoint_folder.h"

#include "cli/checkpoint.h"
#include "cli/step_files.h"
#include "io/file.h"

namespace cgan_jit::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char *ending = ".safetensors", *last_name = "last";

fs::path folder_of(const fs::path& run) { return run / "checkpoints"; }

std::map<int64_t, fs::path> checkpoints_in(const fs::path& folder) { return step_files(folder, ending); }

// What cannot be read is not ours to remove.
bool was_asked_for(const fs::path& file, int64_t step) {
  try {
    return is_due(step, read_checkpoint_config(file).checkpoint_interval);
  } catch (const Error&) { return true; }
}

}  // namespace

fs::path checkpoint_file(const fs::path& run, int64_t step) {
  io::make_folder(folder_of(run));
  return folder_of(run) / step_file_name(step, ending);
}

std::optional<fs::path> find_last_checkpoint(const fs::path& run) {
  const fs::path link = folder_of(run) / last_name;
  std::error_code missing;
  const fs::path target = fs::canonical(link, missing);
  if (!missing && fs::is_regular_file(target, missing)) return link;
  const auto found = checkpoints_in(folder_of(run));
  if (found.empty()) return {};
  return found.rbegin()->second;
}

fs::path last_checkpoint(const fs::path& run) {
  const auto found = find_last_checkpoint(run);
  if (!found) throw Error("{}: this run has no checkpoint", run.string());
  return *found;
}

void settle_checkpoints(const fs::path& run, int64_t step, int64_t interval) {
  io::point_link(folder_of(run) / last_name, step_file_name(step, ending));
  for (const auto& [earlier, file] : checkpoints_in(folder_of(run))) {
    if (earlier >= step || is_due(earlier, interval) || was_asked_for(file, earlier)) continue;
    std::error_code error;
    if (!fs::remove(file, error) && error) throw io::WriteError("{}: {}", file.string(), error.message());
  }
}

}  // namespace cgan_jit::cli
