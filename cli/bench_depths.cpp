#include "cli/bench_depths.h"

#include <fmt/format.h>

#include <ctime>

#include "bench/nets/mlp.h"
#include "bench/nets/recurrent.h"
#include "cli/bench_report.h"

namespace cgan_jit::cli {
namespace {

struct Family {
  const char* name;
  nets::TrainingStep (*of)(int64_t depth);
};

nets::RecurrentSizes with_steps(nets::RecurrentSizes sizes, int64_t steps) {
  sizes.steps = steps;
  return sizes;
}

constexpr Family families[] = {
    {"rnn", [](int64_t depth) { return nets::rnn(with_steps(nets::rnn_sizes, depth)); }},
    {"lstm", [](int64_t depth) { return nets::lstm(with_steps(nets::lstm_sizes, depth)); }},
    {"residual_mlp", [](int64_t depth) { return nets::residual_mlp({.blocks = depth}); }},
};

/// Of all threads: what neighbours on the machine do counts less than it would on a clock.
double processor_ms() { return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// What each took, in the order in which they run.
using Times = std::vector<std::pair<std::string, double>>;

/// Of a cold compilation. A pass's result is verified in the time of the next one.
Times compile_times(const Bench& bench, const nets::TrainingStep& step) {
  Times times;
  SessionOptions options = bench.options();
  options.cache_dir.clear();
  const double begin = processor_ms();
  double last = begin;
  const auto take = [&](std::string_view what) {
    const double now = processor_ms();
    times.emplace_back(what, now - last);
    last = now;
  };
  options.observer = [&](std::string_view pass, double, const std::function<std::string()>&) { take(pass); };
  Session session(std::move(options));
  session.add(step.programs[0].name, step.programs[0].recording);
  take("code");
  times.emplace_back("all", last - begin);
  return times;
}

std::string line(std::string_view what, const std::vector<double>& ms) {
  std::string text = fmt::format("{:<10}", what);
  for (double one : ms) text += fmt::format(" {:9.1f}", one);
  return ms.size() < 2 ? text + "\n" : text + fmt::format(" {:7.2f}\n", ms.back() / ms[ms.size() - 2]);
}

}  // namespace

void measure_depths(const Bench& bench) {
  nlohmann::ordered_json json;
  std::string text = "ms of the processor's time; behind them the last over the one before\n";
  for (const Family& family : families) {
    std::vector<std::pair<std::string, std::vector<double>>> table;
    text += fmt::format("{:<10}", family.name);
    for (int64_t depth = 50; depth <= bench.deepest; depth *= 2) {
      text += fmt::format(" {:9}", depth);
      const Times times = compile_times(bench, family.of(depth));
      if (table.empty()) table.resize(times.size());
      for (size_t i = 0; i < times.size(); ++i) {
        table[i].first = times[i].first;
        table[i].second.push_back(times[i].second);
        json[family.name][std::to_string(depth)][times[i].first] = times[i].second;
      }
    }
    text += "\n";
    for (const auto& [what, ms] : table) text += line(what, ms);
  }
  print_report(bench, json, text);
}

}  // namespace cgan_jit::cli
