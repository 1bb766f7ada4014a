#pragma once

#include <string>

#include "codegen/jit.h"
#include "codegen/probe.h"
#include "runtime/arena.h"
#include "runtime/probe.h"

namespace cgan_jit::cli {

/// What the machine does at most; all threads together.
struct Peaks {
  double gflops = 0, gbps = 0;
};

/// Measures what the machine does at most, on a team of its own.
class PeakProbe {
 public:
  PeakProbe(const std::string& cpu, int threads);
  PeakProbe(const PeakProbe&) = delete;
  PeakProbe& operator=(const PeakProbe&) = delete;

  /// GFLOP/s of fused multiply-adds in registers, all threads together, in about 20 ms.
  double gflops();
  /// GB/s read from memory, more than caches hold, in about 0.1 s.
  double gbps();
  /// Both, the best of five: strangers on the machine only ever make it slower.
  Peaks peaks();

 private:
  Jit jit_;
  FmaProbe probe_;
  Team team_;
  Arena result_;
  Call call_;
};

}  // namespace cgan_jit::cli
