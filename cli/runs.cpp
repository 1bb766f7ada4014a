#include <fmt/chrono.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/run_summary.h"
#include "ir/excerpt.h"

namespace cgan_jit::cli {
namespace {

struct RunsRequest {
  std::filesystem::path parent = "runs";
  bool json = false;
};

constexpr size_t table_columns = 7;
using TableRow = std::array<std::string, table_columns + 1>;  // what is wrong comes last, however long it is

std::time_t seconds_of(std::filesystem::file_time_type time) {
  return std::chrono::system_clock::to_time_t(std::chrono::file_clock::to_sys(time));
}

/// "3000 of 46900"; of epochs where nobody knows how many steps they have.
std::string progress(const RunSummary& run) {
  std::string text = std::to_string(run.steps_done());
  if (run.steps_asked) return text + fmt::format(" of {}", *run.steps_asked);
  return run.config ? text + fmt::format(" of {} epochs", run.config->n_epochs) : text;
}

std::string score(const RunSummary& run) {
  if (!run.score) return "-";
  const bool of_now = !run.score->step || *run.score->step == run.steps_done();
  return fmt::format("{:.4f}", run.score->score) + (of_now ? "" : fmt::format(" at {}", *run.score->step));
}

TableRow row_of(const RunSummary& run) {
  const auto loss = [&](size_t column) {
    return run.last_line ? fmt::format("{:.4f}", run.last_line->losses[column]) : "-";
  };
  return {excerpt(run.run.filename().string()),
          run.config ? run.config->preset : "?",
          progress(run),
          loss(0),
          loss(1),
          score(run),
          fmt::format("{:%Y-%m-%d %H:%M}", fmt::localtime(seconds_of(run.changed))),
          fmt::format("{}", fmt::join(run.problems, "; "))};
}

/// The name to the left, all else to the right.
std::string table(const std::vector<TableRow>& rows) {
  std::array<size_t, table_columns> widths{};
  for (const TableRow& row : rows) {
    for (size_t i = 0; i < table_columns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const TableRow& row : rows) {
    text += fmt::format("{:<{}}", row[0], widths[0]);
    for (size_t i = 1; i < table_columns; ++i) text += fmt::format("  {:>{}}", row[i], widths[i]);
    text += row[table_columns].empty() ? "\n" : "  " + row[table_columns] + "\n";
  }
  return text;
}

std::string to_text(const std::vector<RunSummary>& runs) {
  std::vector<TableRow> rows{{"run", "preset", "steps", "D", "G", "score", "last change", ""}};
  for (const RunSummary& run : runs) rows.push_back(row_of(run));
  return table(rows);
}

template <typename Value>
nlohmann::ordered_json or_null(const std::optional<Value>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

nlohmann::ordered_json json_of(const RunSummary& run) {
  // A float in its own shortest form, not as the double that it is.
  const auto loss = [&](size_t column) {
    const bool known = run.last_line && std::isfinite(run.last_line->losses[column]);
    return known ? nlohmann::ordered_json::parse(fmt::format("{}", run.last_line->losses[column]))
                 : nlohmann::ordered_json();
  };
  nlohmann::ordered_json json;
  json["run"] = run.run.string();
  json["preset"] = run.config ? nlohmann::ordered_json(run.config->preset) : nlohmann::ordered_json();
  json["steps"] = run.steps_done();
  json["steps_asked"] = or_null(run.steps_asked);
  json["d_loss"] = loss(0);
  json["g_loss"] = loss(1);
  json["score"] = run.score ? nlohmann::ordered_json(run.score->score) : nlohmann::ordered_json();
  json["score_step"] = run.score ? or_null(run.score->step) : nlohmann::ordered_json();
  json["changed"] = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds_of(run.changed)));
  json["problems"] = run.problems;
  return json;
}

std::string to_json(const std::vector<RunSummary>& runs) {
  auto json = nlohmann::ordered_json::array();
  for (const RunSummary& run : runs) json.push_back(json_of(run));
  // A folder's name may be no UTF-8.
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

int list_runs(const RunsRequest& request) {
  const std::vector<RunSummary> runs = summaries_in(request.parent);
  if (request.json) {
    fmt::print("{}", to_json(runs));
  } else if (runs.empty()) {
    fmt::print("{}: holds no runs\n", request.parent.string());
  } else {
    fmt::print("{}", to_text(runs));
  }
  return 0;
}

}  // namespace

Command add_runs(CLI::App& app) {
  auto request = std::make_shared<RunsRequest>();
  app.footer(
      "Newest first. Steps done and losses are those of the last line of losses.csv, the score that of "
      "score.json; "
      "what cannot be read of a run stands at the end of its line.");
  app.add_option("folder", request->parent, "where the runs' folders are")
      ->type_name("DIR")
      ->default_str(request->parent.string());
  app.add_flag("--json", request->json, "for programs: an array of runs; what is unknown is null");
  return [request] { return list_runs(*request); };
}

}  // namespace cgan_jit::cli
