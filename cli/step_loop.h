#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "frontend/session.h"
#include "io/prepared.h"

namespace cgan_jit::cli {

/// A training step to be measured: a graph over the inputs "images", "labels", "indices", "seed" and "step",
/// or some of them.
struct StepProgram {
  std::string name;
  Graph graph;
  int64_t batch = 0;
  double gflop = 0;                                   // the least arithmetic of one step
  std::map<std::string, std::vector<float>> initial;  // params by name; those left out begin as 0
};

/// A step compiled in a session of its own and run over and over, through the shuffled rows of a data set.
class StepLoop {
 public:
  StepLoop(SessionOptions options, const StepProgram& program, io::PreparedSet data);
  StepLoop(const StepLoop&) = delete;
  StepLoop& operator=(const StepLoop&) = delete;

  /// Runs steps; how long they took.
  double seconds(int64_t steps);
  const LoweredProgram& lowered() const { return session_.lowered(id_); }
  const Target& target() const { return session_.target(); }

 private:
  void bind_if_read(const std::string& input, const void* data);

  Session session_;
  io::PreparedSet data_;
  int64_t batch_, next_row_ = 0;
  std::vector<int32_t> order_, indices_;
  uint32_t seed_ = 1, step_ = 0;
  Session::ProgramId id_;
};

}  // namespace cgan_jit::cli
