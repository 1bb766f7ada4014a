#include "cli/measure.h"

#include <algorithm>
#include <cmath>

namespace cgan_jit::cli {
namespace {

constexpr int64_t warm_up_steps = 3;

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
  for (size_t round = 0; round < slow.ms.size(); ++round) ratios.push_back(slow.ms[round] / fast.ms[round]);
  return ratios;
}

void measure(Measurement& measurement, PeakProbe& probe, int64_t rounds, double seconds) {
  std::vector<int64_t> steps;
  for (Arm& arm : measurement.arms) {
    const double step = arm.loop->seconds(warm_up_steps) / warm_up_steps;
    steps.push_back(std::max<int64_t>(1, std::lround(seconds / step)));
  }
  double before = probe.gflops();
  for (int64_t round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < steps.size(); ++i) {
      Arm& arm = measurement.arms[i];
      arm.ms.push_back(arm.loop->seconds(steps[i]) / static_cast<double>(steps[i]) * 1e3);
    }
    const double after = probe.gflops();
    measurement.peak_gflops.push_back((before + after) / 2);
    before = after;
  }
}

}  // namespace cgan_jit::cli
