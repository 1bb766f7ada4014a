#include "cli/bench_chart.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "io/file.h"
#include "io/plot.h"
#include "io/progress.h"
#include "ir/error.h"
#include "ir/excerpt.h"

namespace cgan_jit::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t most_bars = 64;      // on one page
constexpr double most_minutes = 1e6;  // two years
constexpr const char* minutes_key = "minutes_50_epochs";

/// A value in a file, and the way to it: "bench.json: contestants.JAX".
class Entry {
 public:
  Entry(const Json& value, std::string place) : value_(value), place_(std::move(place)) {}

  /// What stands under a key.
  Entry at(const std::string& key) const {
    if (!value_.is_object()) refuse("an object is needed");
    const auto found = value_.find(key);
    const std::string place = place_ + (place_.ends_with(": ") ? "" : ".") + excerpt(key);
    if (found == value_.end()) throw Error("{} is missing", place);
    return {*found, place};
  }
  Entry at(size_t index) const { return {value_.at(index), fmt::format("{}[{}]", place_, index)}; }
  bool has(const std::string& key) const { return value_.is_object() && value_.contains(key); }

  double number(double least, double most) const {
    if (!value_.is_number()) refuse("a number is needed");
    const double number = value_.get<double>();
    if (!(number >= least && number <= most)) refuse(fmt::format("outside [{}, {}]", least, most));
    return number;
  }
  std::string text() const {
    if (!value_.is_string()) refuse("a text is needed");
    return excerpt(value_.get<std::string>());
  }
  std::vector<std::string> keys() const {
    if (!value_.is_object()) refuse("an object is needed");
    std::vector<std::string> keys;
    for (const auto& item : value_.items()) keys.push_back(item.key());
    return keys;
  }
  void expect_length(size_t length) const {
    if (!value_.is_array() || value_.size() != length) refuse(fmt::format("a list of {} is needed", length));
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error("{}: {}: {}", place_, excerpt(value_.dump()), what);
  }

  const Json& value_;
  std::string place_;
};

std::string duration(double minutes) { return io::duration_text(60 * minutes); }

io::Bar contestant(const std::string& name, const Entry& row) {
  const double minutes = row.at(minutes_key).number(0, most_minutes);
  const double ratio = row.at("median_of_ratios").number(0, most_minutes);
  const bool ours = name == "cgan_jit";
  const std::string note = ours ? duration(minutes) : fmt::format("{}, {:.2f} x", duration(minutes), ratio);
  return {excerpt(name), minutes, note, ours ? io::BarKind::standing_out : io::BarKind::usual};
}

/// In the middle between the least and the most.
io::Bar elsewhere(const std::string& name, const Entry& row) {
  const Entry minutes = row.at(minutes_key);
  minutes.expect_length(2);
  const double least = minutes.at(size_t{0}).number(0, most_minutes);
  const double most = minutes.at(size_t{1}).number(least, most_minutes);
  const std::string range =
      least == most ? duration(least) : fmt::format("{} to {}", duration(least), duration(most));
  return {excerpt(name), (least + most) / 2, fmt::format("{}, on {}", range, row.at("machine").text()),
          io::BarKind::faint};
}

std::vector<io::Bar> bars_of(const Entry& file) {
  std::vector<io::Bar> bars;
  const Entry here = file.at("contestants");
  for (const std::string& name : here.keys()) bars.push_back(contestant(name, here.at(name)));
  if (!file.has("elsewhere")) return bars;
  const Entry there = file.at("elsewhere");
  for (const std::string& name : there.keys()) bars.push_back(elsewhere(name, there.at(name)));
  return bars;
}

io::Drawing chart_of(const Entry& file, const std::string& path) {
  std::vector<io::Bar> bars = bars_of(file);
  if (bars.empty() || bars.size() > most_bars)
    throw Error("{}: {} bars: 1 to {} fit on a page", path, bars.size(), most_bars);
  const Entry machine = file.at("machine");
  const std::string title = fmt::format("50 epochs of MNIST at the measured rate, on {}, {} threads",
                                        machine.at("cpu").text(), machine.at("threads").number(1, 65536));
  return io::bar_chart({title, "x: times as long as cgan_jit. Grey: measured elsewhere", std::move(bars)});
}

}  // namespace

void draw_chart(const Bench& bench) {
  const std::string path = bench.chart.string();
  const std::vector<std::byte> bytes = io::read_file(bench.chart);
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  const Json json = Json::parse(text, text + bytes.size(), nullptr, false);
  if (!json.is_object()) throw Error("{}: this is no JSON object", path);
  std::filesystem::path stem = bench.picture;
  if (stem.empty()) stem = std::filesystem::path(bench.chart).replace_extension();
  io::write_drawing(stem, chart_of({json, path + ": "}, path));
}

}  // namespace cgan_jit::cli
