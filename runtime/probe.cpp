#include "runtime/probe.h"

#include <chrono>
#include <numeric>
#include <vector>

namespace cgan_jit {

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The sum over threads of rounds / second, `round(thread)` running for about `seconds` on all of them at
/// once. The first round is not counted: clocks and caches settle.
template <typename Round>
double rounds_per_second(Team& team, double seconds, const Round& round) {
  struct alignas(64) Rate {
    double value = 0;
  };
  std::vector<Rate> rates(static_cast<size_t>(team.size()));
  team.run([&](int thread) {
    round(thread);
    team.barrier();
    const double start = now();
    double time = 0, rounds = 0;
    while (time < seconds) {
      round(thread);
      ++rounds;
      time = now() - start;
    }
    rates[static_cast<size_t>(thread)].value = rounds / time;
  });
  return std::accumulate(rates.begin(), rates.end(), 0.0,
                         [](double sum, const Rate& rate) { return sum + rate.value; });
}

}  // namespace

double probe_units(Team& team, const Call& call, double seconds) {
  return rounds_per_second(team, seconds,
                           [&](int thread) { call.fn(call.buffers.data(), nullptr, thread, thread + 1); });
}

}  // namespace cgan_jit
