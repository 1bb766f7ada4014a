#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/peak.h"
#include "frontend/session.h"

namespace cgan_jit::cli {

/// The arithmetic of a kernel, the data that it must move, and the bytes that these lie on.
struct Work {
  double gflop = 0, gigabytes = 0, footprint = 0;
};
Work work_of(const LoweredProgram& program, const LoweredKernel& kernel);

/// The times of every kernel over many runs of one program.
class Profile {
 public:
  void add(Runner::Times times);
  bool empty() const { return runs_.empty(); }

  /// A row a kernel, the slowest first: median time, share of the step, GFLOP/s, GB/s, share of the peak in
  /// whichever binds (arithmetic, or the level of memory that its data need), and how much of its large sums
  /// of products runs in tiles.
  std::string table(const LoweredProgram& program, const Peaks& peaks, const Target& target) const;
  /// The last runs for chrome://tracing or Perfetto: a row a thread, waiting at barriers as events of its
  /// own.
  std::string trace(const LoweredProgram& program) const;

 private:
  std::vector<Runner::Times> runs_;
};

}  // namespace cgan_jit::cli
