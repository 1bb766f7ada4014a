#include "runtime/probe.h"

#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

#include "runtime/clock.h"

namespace cgan_jit {

namespace {

/// Each thread runs its unit for about `seconds`, all at once. The first round is not counted: clocks and
/// caches settle.
class Probe : public Job {
 public:
  Probe(const Call& call, int threads, double seconds)
      : call_(call), threads_(threads), seconds_(seconds), rates_(static_cast<size_t>(threads)) {}

  size_t stages() const override { return 1; }
  uint32_t pieces(size_t, int) const override { return 1; }
  // A piece does not end before each has begun: so each is a thread's of its own.
  void run(size_t, int owner, uint32_t, int) override {
    const auto round = [&] { call_.fn(call_.buffers.data(), nullptr, owner, owner + 1); };
    round();
    ++begun_;
    while (begun_ < threads_) std::this_thread::yield();
    const double start = now();
    double time = 0, rounds = 0;
    while (time < seconds_) {
      round();
      ++rounds;
      time = now() - start;
    }
    rates_[static_cast<size_t>(owner)] = rounds / time;
  }

  double rounds_per_second() const { return std::accumulate(rates_.begin(), rates_.end(), 0.0); }

 private:
  const Call& call_;
  const int threads_;
  const double seconds_;
  std::atomic<int> begun_{0};
  std::vector<double> rates_;
};

}  // namespace

double probe_units(Team& team, const Call& call, double seconds) {
  Probe probe(call, team.size(), seconds);
  team.run(probe);
  return probe.rounds_per_second();
}

}  // namespace cgan_jit
