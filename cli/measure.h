#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/peak.h"
#include "cli/step_loop.h"

namespace cgan_jit::cli {

/// A way to run a step, and what it took in each round.
struct Arm {
  std::string name;
  std::unique_ptr<StepLoop> loop;
  double gflop = 0;        // the least arithmetic of its step
  std::vector<double> ms;  // per step
};

/// Arms that took turns, A B C A B C, and the machine's peak around each round.
struct Measurement {
  std::vector<Arm> arms;
  std::vector<double> peak_gflops;  // a round: the mean of the probes before and after it

  /// Per round, arm's time / (its least arithmetic / the round's peak).
  std::vector<double> x_floor(const Arm& arm) const;
  /// Per round, how many times longer `slow` took than `fast`.
  static std::vector<double> ratios(const Arm& slow, const Arm& fast);
};

/// Rounds of about `seconds` an arm, at least one step each. An arm whose step is much longer takes part in
/// the first three rounds only.
void measure(Measurement& measurement, PeakProbe& probe, int64_t rounds, double seconds);

/// Of at least one value.
double least(const std::vector<double>& values);
double most(const std::vector<double>& values);

}  // namespace cgan_jit::cli
