#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bench/nets/training_step.h"
#include "cli/feed.h"
#include "frontend/session.h"

namespace cgan_jit::cli {

/// How much code a step is.
struct CodeSize {
  size_t kernels = 0, barriers = 0;
  MemoryReport memory;
};

/// A step compiled in a session of its own and run over and over.
class StepLoop {
 public:
  StepLoop(SessionOptions options, const nets::TrainingStep& step, std::unique_ptr<Feed> feed);
  StepLoop(const StepLoop&) = delete;
  StepLoop& operator=(const StepLoop&) = delete;

  /// Runs steps; how long they took. Each program's "step" counts its own runs, from 1.
  double seconds(int64_t steps);
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
    Session::ProgramId id;
    int64_t runs;
    uint32_t step = 0;
  };
  void bind(Part& part);

  Session session_;
  std::unique_ptr<Feed> feed_;
  std::vector<Part> parts_;  // stays where it is: programs read their step count there
  uint32_t seed_ = 1;
  double compile_seconds_ = 0;
};

}  // namespace cgan_jit::cli
