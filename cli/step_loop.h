#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bench/nets/training_step.h"
#include "cli/profile.h"
#include "frontend/session.h"
#include "passes/lower/tiles.h"
#include "training/feed.h"
#include "training/schedule.h"

namespace cgan_jit::cli {

/// How much code a step is.
struct CodeSize {
  size_t kernels = 0, barriers = 0;
  Multiplications products;  // in large sums; `in_tiles` where lanes are at work
  MemoryReport memory;
};

/// A step compiled in a session of its own and run over and over, on the shuffled batches of a data set,
/// round and round.
class StepLoop {
 public:
  /// Throws Error as training::Feed::bind does.
  StepLoop(SessionOptions options, const nets::TrainingStep& step, const training::DataSet& data);
  StepLoop(const StepLoop&) = delete;
  StepLoop& operator=(const StepLoop&) = delete;

  /// Runs steps; how long they took. Each program's "step" counts its own runs, from 1.
  double seconds(int64_t steps);
  /// Runs steps and times every kernel; a table for each program.
  std::string profile(int64_t steps, const Peaks& peaks);
  /// The last value of an f32 scalar that one of the programs gives out. Throws Error if none does.
  float output(const std::string& name) const;
  /// A param's values now, row-major; they begin as the seed 1 draws them.
  std::vector<float> param(const std::string& name) const { return session_.param(name); }
  void set_param(const std::string& name, std::span<const float> values) { session_.set_param(name, values); }
  /// Of all programs together.
  CodeSize size() const;
  double compile_seconds() const { return compile_seconds_; }
  const Target& target() const { return session_.target(); }

 private:
  struct Part {
    std::string name;
    Session::ProgramId id;
    int64_t runs;
    std::unique_ptr<training::Feed> feed;
    uint32_t step = 0;
  };
  std::span<const int32_t> next_rows();
  template <typename Run>
  void run_steps(int64_t steps, Run run);

  Session session_;
  std::vector<Part> parts_;
  training::Schedule schedule_;
  std::vector<int32_t> order_;
  int64_t batches_ = 0;  // so far
  double compile_seconds_ = 0;
};

}  // namespace cgan_jit::cli
