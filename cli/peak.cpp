#include "cli/peak.h"

#include <algorithm>

namespace cgan_jit::cli {

PeakProbe::PeakProbe(const std::string& cpu, int threads)
    : jit_(target_named(cpu), {"", 1}),
      probe_(fma_probe(jit_.target(), threads)),
      team_(threads),
      result_(static_cast<int64_t>(sizeof(float)) * threads * loop::lanes) {
  call_ = {jit_.compile({&probe_.kernel, 1}).front(), {result_.data()}, threads};
}

double PeakProbe::gflops() { return probe_gflops(team_, call_, probe_.flops_per_unit, 0.02); }

double PeakProbe::gbps() { return probe_memory_gbps(team_, int64_t{128} << 20, 0.1); }

Peaks PeakProbe::peaks() {
  Peaks best;
  for (int i = 0; i < 5; ++i) best = {std::max(best.gflops, gflops()), std::max(best.gbps, gbps())};
  return best;
}

}  // namespace cgan_jit::cli
