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

}  // namespace

double least(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()); }
double most(const std::vector<double>& values) { return *std::max_element(values.begin(), values.end()); }

std::vector<double> Measurement::x_floor(const Arm& arm) const {
  std::vector<double> times;
  for (size_t round = 0; round < arm.ms.size(); ++round)
    times.push_back(arm.ms[round] * 1e-3 * peak_gflops[round] / arm.gflop);
  return times;
}

std::vector<double> Measurement::ratios(const Arm& slow, const Arm& fast) {
  std::vector<double> ratios;
  for (size_t round = 0; round < std::min(slow.ms.size(), fast.ms.size()); ++round)
    ratios.push_back(slow.ms[round] / fast.ms[round]);
  return ratios;
}

void measure(Measurement& measurement, PeakProbe& probe, int64_t rounds, double seconds) {
  std::vector<double> step_seconds;
  for (Arm& arm : measurement.arms) step_seconds.push_back(warm_up(*arm.loop));
  double before = probe.gflops();
  for (int64_t round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < step_seconds.size(); ++i) {
      if (round >= few_rounds && step_seconds[i] > patient_turns * seconds) continue;
      Arm& arm = measurement.arms[i];
      const int64_t steps = std::max<int64_t>(1, std::lround(seconds / step_seconds[i]));
      arm.ms.push_back(arm.loop->seconds(steps) / static_cast<double>(steps) * 1e3);
    }
    const double after = probe.gflops();
    measurement.peak_gflops.push_back((before + after) / 2);
    before = after;
  }
}

}  // namespace cgan_jit::cli
