#include "runtime/probe.h"

#include <chrono>
#include <cstring>
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

/// Four sums, so that no addition waits for the last one.
uint64_t sum_of(const std::byte* data, int64_t bytes) {
  uint64_t sums[4] = {};
  for (int64_t at = 0; at + 32 <= bytes; at += 32) {
    uint64_t words[4];
    std::memcpy(words, data + at, sizeof(words));
    for (int i = 0; i < 4; ++i) sums[i] += words[i];
  }
  return sums[0] + sums[1] + sums[2] + sums[3];
}

}  // namespace

double probe_gflops(Team& team, const Call& call, double flops_per_unit, double seconds) {
  const auto unit = [&](int thread) { call.fn(call.buffers.data(), nullptr, thread, thread + 1); };
  return rounds_per_second(team, seconds, unit) * flops_per_unit * 1e-9;
}

double probe_memory_gbps(Team& team, int64_t bytes, double seconds) {
  const Arena block(bytes);
  // Pages that were never written are all one page of zeros.
  std::memset(block.data(), 1, static_cast<size_t>(bytes));
  const int64_t part = bytes / team.size() / 64 * 64;
  std::vector<uint64_t> sums(static_cast<size_t>(team.size()));
  const auto read_part = [&](int thread) {
    sums[static_cast<size_t>(thread)] += sum_of(block.data() + thread * part, part);
  };
  return rounds_per_second(team, seconds, read_part) * static_cast<double>(part) * 1e-9;
}

}  // namespace cgan_jit
