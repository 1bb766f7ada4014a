#include "cli/bench_report.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/statistics.h"

namespace cgan_jit::cli {
namespace {

const std::string& cpu(const Crew& crew) { return crew.arms.front().loop->target().cpu; }

std::string heading() {
  return fmt::format("{:<26} {:>8} {:>8} {:>8} {:>7} {:>6} {:>7} {:>7} {:>7} {:>8} {:>11}\n", "step", "ms",
                     "min", "max", "GFLOP", "peak %", "x floor", "min", "kernels", "barriers", "bytes");
}

std::string row(const Crew& crew, const Arm& arm) {
  const LoweredProgram& lowered = arm.loop->lowered();
  const std::vector<double> floors = crew.x_floor(arm);
  return fmt::format("{:<26} {:8.3f} {:8.3f} {:8.3f} {:7.3f} {:6.1f} {:7.3f} {:7.3f} {:7} {:8} {:11}\n",
                     arm.name, median(arm.ms), least(arm.ms), most(arm.ms), arm.gflop, 100 / median(floors),
                     median(floors), least(floors), lowered.kernels.size(), lowered.phases.size(),
                     lowered.memory.planned);
}

nlohmann::ordered_json arm_json(const Crew& crew, const Arm& arm) {
  const LoweredProgram& lowered = arm.loop->lowered();
  const std::vector<double> floors = crew.x_floor(arm);
  return {{"name", arm.name},
          {"step_ms", median(arm.ms)},
          {"step_ms_min", least(arm.ms)},
          {"step_ms_max", most(arm.ms)},
          {"gflop", arm.gflop},
          {"x_floor", median(floors)},
          {"x_floor_min", least(floors)},
          {"kernels", lowered.kernels.size()},
          {"barriers", lowered.phases.size()},
          {"bytes_planned", lowered.memory.planned},
          {"bytes_unplanned", lowered.memory.unplanned},
          {"bytes_lower_bound", lowered.memory.lower_bound}};
}

}  // namespace

std::string table(const Bench& bench, const Crew& crew) {
  std::string text =
      fmt::format("{} threads, {}, batch {}; {} rounds; FMA peak {:.1f} GFLOP/s ({:.1f} .. {:.1f})\n",
                  crew.threads, cpu(crew), bench.config.model.batch_size, bench.rounds,
                  median(crew.peak_gflops), least(crew.peak_gflops), most(crew.peak_gflops));
  text += heading();
  for (const Arm& arm : crew.arms) text += row(crew, arm);
  return text;
}

nlohmann::ordered_json to_json(const Bench& bench, const Crew& crew) {
  nlohmann::ordered_json json{{"threads", crew.threads},
                              {"cpu", cpu(crew)},
                              {"batch_size", bench.config.model.batch_size},
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
