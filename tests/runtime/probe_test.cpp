#include "runtime/probe.h"

#include <gtest/gtest.h>

namespace cgan_jit {
namespace {

/// buffers: counts (int64 per unit).
void count(void* const* buffers, void*, int64_t first, int64_t last) {
  for (int64_t unit = first; unit < last; ++unit) static_cast<int64_t*>(buffers[0])[unit * 8] += 1;
}

// Law: a probe runs every thread's own unit, and says what was done over the time it took.
TEST(Probe, CountsWhatIsDone) {
  Team team(2);
  std::vector<int64_t> counts(16, 0);
  const double units = probe_units(team, {count, {counts.data()}, 2}, 0.01);
  const auto done = static_cast<double>(counts[0] + counts[8] - 2);
  EXPECT_GT(counts[0], 1);
  EXPECT_GT(counts[8], 1);
  EXPECT_GT(units, 0);
  EXPECT_LE(units, done / 0.01);
}

}  // namespace
}  // namespace cgan_jit
