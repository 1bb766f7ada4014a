#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cli/bench_setup.h"
#include "cli/peak.h"
#include "cli/step_loop.h"

namespace cgan_jit::cli {

/// A way to run a step, and what it took in each round.
struct Arm {
  std::string name;
  std::unique_ptr<StepLoop> loop;
  int64_t batch = 0;
  double gflop = 0;         // the least arithmetic of its step
  double step_seconds = 0;  // when it was warm; tells how many steps are a turn
  std::vector<double> ms;   // per step, a round
};

/// Arms of equally many threads, and what as many threads can do at most around each round.
struct Crew {
  Crew(const std::string& cpu, int count);

  void add(std::string name, SessionOptions options, const Workload& work);
  /// Per round, arm's time / (its least arithmetic / the round's peak).
  std::vector<double> x_floor(const Arm& arm) const;

  int threads;
  std::unique_ptr<PeakProbe> probe;
  std::vector<Arm> arms;
  std::vector<double> peak_gflops;  // a round: the mean of the probes before and after it
};

/// All arms take turns, A B C A B C, of about `seconds`, at least one step each. An arm whose step is much
/// longer takes part in the first three rounds only.
void measure(std::span<Crew> crews, int64_t rounds, double seconds);

/// Dividend over divisor in each round that both have.
std::vector<double> ratios(const std::vector<double>& dividend, const std::vector<double>& divisor);

/// Of at least one value.
double least(const std::vector<double>& values);
double most(const std::vector<double>& values);

}  // namespace cgan_jit::cli
