#include "cli/run_summary.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/gan.h"
#include "cli/gan_start.h"

namespace cgan_jit::cli {
namespace {

namespace fs = std::filesystem;

TrainConfig config_in(const fs::path& run) {
  std::error_code unknown;
  if (!fs::exists(run / "config.json", unknown)) throw Error("no config.json");
  return merge({read_layer(run / "config.json")});
}

std::optional<int64_t> steps_asked(const TrainConfig& config) {
  try {
    const bool counted = config.steps > 0;
    return last_step_of(config, counted ? 0 : inspect_data(config.data, io::Split::train, 256).count);
  } catch (const Error&) { return {}; }  // the data's fault, not the run's
}

std::optional<RunScore> score_in(const fs::path& run) {
  const fs::path file = run / "score.json";
  std::error_code unknown;
  if (!fs::exists(file, unknown)) return {};
  const std::vector<std::byte> bytes = io::read_file(file);
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  const auto json = nlohmann::json::parse(text, text + bytes.size(), nullptr, false);
  if (!json.is_object() || !json.contains("score") || !json["score"].is_number())
    throw Error("{}: holds no score", file.string());
  RunScore score{json["score"].get<double>(), {}};
  if (json.contains("step") && json["step"].is_number_integer()) score.step = json["step"].get<int64_t>();
  return score;
}

fs::file_time_type newest_change(const fs::path& run) {
  std::error_code unknown;
  fs::file_time_type newest = fs::file_time_type::min();
  fs::recursive_directory_iterator entry(run, unknown);
  for (; entry != fs::recursive_directory_iterator(); entry.increment(unknown)) {
    if (entry->is_regular_file(unknown)) newest = std::max(newest, entry->last_write_time(unknown));
  }
  return newest == fs::file_time_type::min() ? fs::last_write_time(run, unknown) : newest;
}

}  // namespace

RunSummary summary_of(const fs::path& run) {
  RunSummary summary;
  summary.run = run;
  summary.changed = newest_change(run);
  const auto attempt = [&](auto&& look) {
    try {
      look();
    } catch (const Error& error) { summary.problems.emplace_back(error.what()); }
  };
  attempt([&] { summary.config = config_in(run); });
  attempt([&] { summary.last_line = io::last_losses(training::losses_file(run), gan_losses().size()); });
  attempt([&] { summary.score = score_in(run); });
  if (summary.config) summary.steps_asked = steps_asked(*summary.config);
  return summary;
}

std::vector<RunSummary> summaries_in(const fs::path& parent) {
  std::error_code error;
  fs::directory_iterator entry(parent, error);
  if (error) throw Error("{}: {}", parent.string(), error.message());
  std::vector<RunSummary> summaries;
  for (; entry != fs::directory_iterator(); entry.increment(error)) {
    if (entry->is_directory(error)) summaries.push_back(summary_of(entry->path()));
  }
  std::sort(summaries.begin(), summaries.end(), [](const RunSummary& a, const RunSummary& b) {
    return std::tie(b.changed, b.run) < std::tie(a.changed, a.run);
  });
  return summaries;
}

}  // namespace cgan_jit::cli
