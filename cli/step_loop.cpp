#include "cli/step_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "training/epoch_order.h"

namespace cgan_jit::cli {
namespace {

constexpr uint32_t net_seed = 1;

/// How long work() took.
template <typename Work>
double timed(const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

StepLoop::StepLoop(SessionOptions options, const nets::TrainingStep& step, const training::DataSet& data)
    : session_(std::move(options)),
      schedule_{data.count(), step.batch, training::Rest::left_out},
      order_(training::epoch_order(net_seed, 1, data.count())) {
  compile_seconds_ = timed([&] {
    for (const nets::StepProgram& program : step.programs)
      parts_.push_back({program.name, session_.add(program.name, program.recording), program.runs, nullptr});
  });
  session_.initialize(net_seed);
  for (Part& part : parts_) {
    part.feed = std::make_unique<training::Feed>(data, net_seed, step.batch);
    part.feed->bind(session_, part.id, step.batch);
  }
}

/// None where the data set has only constants.
std::span<const int32_t> StepLoop::next_rows() {
  if (order_.empty()) return {};
  const training::Place place = schedule_.place(++batches_);
  return std::span(order_).subspan(static_cast<size_t>(place.first_row), static_cast<size_t>(place.rows));
}

/// Calls run(part) for each run of a program.
template <typename Run>
void StepLoop::run_steps(int64_t steps, Run run) {
  for (int64_t i = 0; i < steps; ++i) {
    const std::span<const int32_t> rows = next_rows();
    for (Part& part : parts_) {
      for (int64_t repeated = 0; repeated < part.runs; ++repeated) {
        part.feed->next(rows, ++part.step);
        run(part);
      }
    }
  }
}

double StepLoop::seconds(int64_t steps) {
  return timed([&] { run_steps(steps, [&](const Part& part) { session_.run(part.id); }); });
}

std::string StepLoop::profile(int64_t steps, const Peaks& peaks) {
  std::map<Session::ProgramId, Profile> profiles;
  run_steps(steps, [&](const Part& part) { profiles[part.id].add(session_.run_timed(part.id)); });
  std::string text;
  for (const Part& part : parts_)
    text +=
        fmt::format("{}: {}", part.name, profiles[part.id].table(session_.lowered(part.id), peaks, target()));
  return text;
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
    const Multiplications products = multiplications_of(lowered, target());
    all.products.needed += products.needed;
    all.products.in_tiles += products.in_tiles;
    all.memory.unplanned += lowered.memory.unplanned;
    all.memory.planned += lowered.memory.planned;
    all.memory.lower_bound += lowered.memory.lower_bound;
  }
  return all;
}

}  // namespace cgan_jit::cli
