#include "cli/bench_report.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/statistics.h"

namespace cgan_jit::cli {
namespace {

const std::string& cpu(const Crew& crew) { return crew.arms.front().loop->target().cpu; }

/// Of the multiplications in large sums; 1 without any.
double share_in_tiles(const CodeSize& size) {
  return size.products.needed > 0 ? size.products.in_tiles / size.products.needed : 1;
}

std::string heading() {
  return fmt::format(
      "{:<26} {:>5} {:>8} {:>8} {:>8} {:>7} {:>6} {:>7} {:>7} {:>7} {:>7} {:>8} {:>11} {:>9}\n", "step",
      "batch", "ms", "min", "max", "GFLOP", "peak %", "x floor", "min", "tiles %", "kernels", "barriers",
      "bytes", "compile s");
}

std::string row(const Crew& crew, const Arm& arm) {
  const CodeSize size = arm.loop->size();
  const std::vector<double> floors = crew.x_floor(arm);
  return fmt::format(
      "{:<26} {:5} {:8.3f} {:8.3f} {:8.3f} {:7.3f} {:6.1f} {:7.3f} {:7.3f} {:7.1f} {:7} {:8} {:11} {:9.2f}\n",
      arm.name, arm.batch, median(arm.ms), least(arm.ms), most(arm.ms), arm.gflop, 100 / median(floors),
      median(floors), least(floors), 100 * share_in_tiles(size), size.kernels, size.barriers,
      size.memory.planned, arm.loop->compile_seconds());
}

nlohmann::ordered_json arm_json(const Crew& crew, const Arm& arm) {
  const CodeSize size = arm.loop->size();
  const std::vector<double> floors = crew.x_floor(arm);
  return {{"name", arm.name},
          {"batch_size", arm.batch},
          {"step_ms", median(arm.ms)},
          {"step_ms_min", least(arm.ms)},
          {"step_ms_max", most(arm.ms)},
          {"gflop", arm.gflop},
          {"x_floor", median(floors)},
          {"x_floor_min", least(floors)},
          {"share_in_tiles", share_in_tiles(size)},
          {"kernels", size.kernels},
          {"barriers", size.barriers},
          {"bytes_planned", size.memory.planned},
          {"bytes_unplanned", size.memory.unplanned},
          {"bytes_lower_bound", size.memory.lower_bound},
          {"compile_seconds", arm.loop->compile_seconds()}};
}

}  // namespace

std::string table(const Bench& bench, const Crew& crew) {
  std::string text = fmt::format("{} threads, {}; {} rounds; FMA peak {:.1f} GFLOP/s ({:.1f} .. {:.1f})\n",
                                 crew.threads, cpu(crew), bench.rounds, median(crew.peak_gflops),
                                 least(crew.peak_gflops), most(crew.peak_gflops));
  text += heading();
  for (const Arm& arm : crew.arms) text += row(crew, arm);
  return text;
}

nlohmann::ordered_json to_json(const Bench& bench, const Crew& crew) {
  nlohmann::ordered_json json{{"threads", crew.threads},
                              {"cpu", cpu(crew)},
                              {"rounds", bench.rounds},
                              {"peak_gflops", median(crew.peak_gflops)},
                              {"peak_gflops_min", least(crew.peak_gflops)},
                              {"peak_gflops_max", most(crew.peak_gflops)}};
  for (const Arm& arm : crew.arms) json["arms"].push_back(arm_json(crew, arm));
  return json;
}

void print_report(const Bench& bench, const nlohmann::ordered_json& json, const std::string& text) {
  fmt::print("{}", bench.json ? json.dump(2) + "\n" : text);
}

}  // namespace cgan_jit::cli
