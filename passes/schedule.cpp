#include "passes/schedule.h"

#include <algorithm>

namespace cgan_jit {
namespace {

std::vector<int> earliest_phases(const std::vector<std::vector<int>>& before) {
  std::vector<int> phase(before.size(), -1);
  const std::function<int(int)> find = [&](int kernel) {
    check(phase[kernel] != -2, "kernels wait for each other in a circle");
    if (phase[kernel] >= 0) return phase[kernel];
    phase[kernel] = -2;
    int earliest = 0;
    for (int other : before[kernel]) earliest = std::max(earliest, find(other) + 1);
    return phase[kernel] = earliest;
  };
  for (size_t kernel = 0; kernel < before.size(); ++kernel) find(static_cast<int>(kernel));
  return phase;
}

}  // namespace

std::vector<PlannedPhase> schedule(const FusedGraph& fused, const Storage& storage) {
  const std::vector<int> earliest = earliest_phases(kernel_order(fused, storage));
  std::vector<PlannedPhase> phases;
  for (size_t kernel = 0; kernel < earliest.size(); ++kernel) {
    if (phases.size() <= static_cast<size_t>(earliest[kernel])) phases.resize(earliest[kernel] + 1);
    phases[earliest[kernel]].kernels.push_back(static_cast<int>(kernel));
  }
  return phases;
}

std::vector<PlannedPhase> schedule_one_by_one(const FusedGraph& fused, const Storage& storage) {
  std::vector<PlannedPhase> phases;
  for (const PlannedPhase& phase : schedule(fused, storage)) {
    for (int kernel : phase.kernels) phases.push_back({{kernel}, false});
  }
  return phases;
}

}  // namespace cgan_jit
