#include "training/checkpoint_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "io/file.h"
#include "training/checkpoint.h"
#include "training/configuration.h"
#include "training/step_files.h"

namespace cgan_jit::training {
namespace {

namespace fs = std::filesystem;

constexpr const char *checkpoint_ending = ".safetensors", *last_name = "last";

std::map<int64_t, fs::path> checkpoints_in(const fs::path& folder) {
  return step_files(folder, checkpoint_ending);
}

/// "5", "5, 10 and 15", and of many the first and the last.
std::string steps_of(const std::map<int64_t, fs::path>& checkpoints) {
  constexpr size_t most = 12;
  std::vector<int64_t> steps;
  for (const auto& entry : checkpoints) steps.push_back(entry.first);
  if (steps.size() == 1) return std::to_string(steps.front());
  const int64_t last = steps.back();
  steps.resize(std::min(steps.size() - 1, most));
  const bool all = steps.size() + 1 == checkpoints.size();
  return fmt::format("{}{} and {}", fmt::join(steps, ", "), all ? "" : ", ...", last);
}

[[noreturn]] void refuse_empty(const fs::path& run) {
  throw Error("{}: this run has no checkpoint", run.string());
}

// What cannot be read is not ours to remove.
bool was_asked_for(const fs::path& file, int64_t step) {
  try {
    return is_due(step, number_in(read_checkpoint_config(file), checkpoint_interval_key));
  } catch (const Error&) { return true; }
}

}  // namespace

fs::path checkpoints_of(const fs::path& run) { return run / "checkpoints"; }

fs::path checkpoint_file(const fs::path& run, int64_t step) {
  io::make_folder(checkpoints_of(run));
  return checkpoints_of(run) / step_file_name(step, checkpoint_ending);
}

std::optional<fs::path> find_last_checkpoint(const fs::path& run) {
  const fs::path link = checkpoints_of(run) / last_name;
  std::error_code missing;
  const fs::path target = fs::canonical(link, missing);
  if (!missing && fs::is_regular_file(target, missing)) return link;
  const auto found = checkpoints_in(checkpoints_of(run));
  if (found.empty()) return {};
  return found.rbegin()->second;
}

fs::path last_checkpoint(const fs::path& run) {
  const auto found = find_last_checkpoint(run);
  if (!found) refuse_empty(run);
  return *found;
}

fs::path existing_checkpoint(const fs::path& run, int64_t step) {
  const auto found = checkpoints_in(checkpoints_of(run));
  if (found.empty()) refuse_empty(run);
  const auto wanted = found.find(step);
  if (wanted != found.end()) return wanted->second;
  throw Error("{}: there is no checkpoint of step {}; there are those of {}", run.string(), step,
              steps_of(found));
}

std::vector<fs::path> all_checkpoints(const fs::path& run) {
  std::vector<fs::path> files;
  for (const auto& entry : checkpoints_in(checkpoints_of(run))) files.push_back(entry.second);
  if (files.empty()) refuse_empty(run);
  return files;
}

void settle_checkpoints(const fs::path& run, int64_t step, int64_t interval) {
  io::point_link(checkpoints_of(run) / last_name, step_file_name(step, checkpoint_ending));
  for (const auto& [earlier, file] : checkpoints_in(checkpoints_of(run))) {
    if (earlier >= step || is_due(earlier, interval) || was_asked_for(file, earlier)) continue;
    std::error_code error;
    if (!fs::remove(file, error) && error) throw io::WriteError("{}: {}", file.string(), error.message());
  }
}

}  // namespace cgan_jit::training
