#include "cli/measure.h"

#include <algorithm>
#include <cmath>

namespace cgan_jit::cli {
namespace {

constexpr double warm_up_seconds = 0.05;
// An arm whose step is longer than this many turns takes part in the first rounds only.
constexpr double patient_turns = 5;
constexpr int64_t few_rounds = 3;

/// Runs until caches and clocks have settled; seconds per step.
double warm_up(StepLoop& loop) {
  double step = loop.seconds(1);
  for (double total = step; total < warm_up_seconds; total += step) step = loop.seconds(1);
  return step;
}

void take_turn(Arm& arm, double seconds) {
  const int64_t steps = std::max<int64_t>(1, std::lround(seconds / arm.step_seconds));
  arm.ms.push_back(arm.loop->seconds(steps) / static_cast<double>(steps) * 1e3);
}

void run_round(Crew& crew, int64_t round, double seconds) {
  const double before = crew.probe->gflops();
  for (Arm& arm : crew.arms) {
    if (round < few_rounds || arm.step_seconds <= patient_turns * seconds) take_turn(arm, seconds);
  }
  crew.peak_gflops.push_back((before + crew.probe->gflops()) / 2);
}

}  // namespace

double least(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()); }
double most(const std::vector<double>& values) { return *std::max_element(values.begin(), values.end()); }

std::vector<double> ratios(const std::vector<double>& dividend, const std::vector<double>& divisor) {
  std::vector<double> quotients;
  for (size_t round = 0; round < std::min(dividend.size(), divisor.size()); ++round)
    quotients.push_back(dividend[round] / divisor[round]);
  return quotients;
}

Crew::Crew(const std::string& cpu, int count)
    : threads(count), probe(std::make_unique<PeakProbe>(cpu, count)) {}

void Crew::add(std::string name, SessionOptions options, const Workload& work) {
  options.threads = threads;
  auto loop = std::make_unique<StepLoop>(std::move(options), work.step, work.data);
  arms.push_back({std::move(name), std::move(loop), work.step.batch, work.gflop});
}

std::vector<double> Crew::x_floor(const Arm& arm) const {
  std::vector<double> times;
  for (size_t round = 0; round < arm.ms.size(); ++round)
    times.push_back(arm.ms[round] * 1e-3 * peak_gflops[round] / arm.gflop);
  return times;
}

void measure(std::span<Crew> crews, int64_t rounds, double seconds) {
  for (Crew& crew : crews) {
    for (Arm& arm : crew.arms) arm.step_seconds = warm_up(*arm.loop);
  }
  for (int64_t round = 0; round < rounds; ++round) {
    for (Crew& crew : crews) run_round(crew, round, seconds);
  }
}

}  // namespace cgan_jit::cli
