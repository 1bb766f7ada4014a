#pragma once

#include <string>
#include <vector>

#include "codegen/jit.h"
#include "codegen/probe.h"
#include "runtime/arena.h"
#include "runtime/probe.h"

namespace cgan_jit::cli {

/// Where data lie, and how fast they move there and back at most; all threads together.
struct Level {
  std::string name;  // L2, L3, memory
  double bytes = 0;  // that it holds; memory: all
  double gbps = 0;
};

/// What the machine does at most; all threads together.
struct Peaks {
  double gflops = 0;
  std::vector<Level> levels;  // from the fastest; the last is memory

  /// The least time in which `gigabytes` are moved that lie on `footprint` bytes: each level may hold as much
  /// of them as fits, the rest lies further out.
  double seconds_to_move(double gigabytes, double footprint) const;
  /// The furthest level that a footprint needs.
  const std::string& furthest(double footprint) const;
};

/// Measures what the machine does at most, on a team of its own.
class PeakProbe {
 public:
  PeakProbe(const std::string& cpu, int threads);
  PeakProbe(const PeakProbe&) = delete;
  PeakProbe& operator=(const PeakProbe&) = delete;

  /// GFLOP/s of fused multiply-adds in registers, all threads together, in about 20 ms.
  double gflops();
  /// All, each the best of five: strangers on the machine only ever make it slower. Some 2 s.
  Peaks peaks();

 private:
  double gbps(double bytes);

  Jit jit_;
  FmaProbe probe_;
  Team team_;
  Arena result_;
  Call call_;
};

}  // namespace cgan_jit::cli
