#include "cli/step_loop.h"

#include <algorithm>
#include <chrono>

namespace cgan_jit::cli {
namespace {

/// How long work() took.
template <typename Work>
double timed(const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

StepLoop::StepLoop(SessionOptions options, const nets::TrainingStep& step, std::unique_ptr<Feed> feed)
    : session_(std::move(options)), feed_(std::move(feed)) {
  compile_seconds_ = timed([&] {
    for (const nets::StepProgram& program : step.programs)
      parts_.push_back({session_.add(program.name, program.recording), program.runs});
  });
  session_.initialize(seed_);
  for (Part& part : parts_) bind(part);
}

void StepLoop::bind(Part& part) {
  for (const Root& root : session_.lowered(part.id).roots) {
    if (root.kind != Root::Kind::input) continue;
    const auto values = root.name == "seed"   ? std::as_bytes(std::span(&seed_, 1))
                        : root.name == "step" ? std::as_bytes(std::span(&part.step, 1))
                                              : feed_->values(root);
    session_.bind_bytes(part.id, root.name, values);
  }
}

double StepLoop::seconds(int64_t steps) {
  return timed([&] {
    for (int64_t i = 0; i < steps; ++i) {
      feed_->advance();
      for (Part& part : parts_) {
        for (int64_t run = 0; run < part.runs; ++run) {
          ++part.step;
          session_.run(part.id);
        }
      }
    }
  });
}

float StepLoop::output(const std::string& name) const {
  for (const Part& part : parts_) {
    for (const Root& root : session_.lowered(part.id).roots) {
      if (root.kind == Root::Kind::output && root.name == name) return *session_.scalar_output(part.id, name);
    }
  }
  throw Error("the step has no output '{}'", name);
}

CodeSize StepLoop::size() const {
  CodeSize all;
  for (const Part& part : parts_) {
    const LoweredProgram& lowered = session_.lowered(part.id);
    all.kernels += lowered.kernels.size();
    all.barriers += lowered.phases.size();
    all.memory.unplanned += lowered.memory.unplanned;
    all.memory.planned += lowered.memory.planned;
    all.memory.lower_bound += lowered.memory.lower_bound;
  }
  return all;
}

}  // namespace cgan_jit::cli
