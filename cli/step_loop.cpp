#include "cli/step_loop.h"

#include <algorithm>
#include <chrono>

#include "cli/shuffle.h"

namespace cgan_jit::cli {

StepLoop::StepLoop(SessionOptions options, const StepProgram& program, io::PreparedSet data)
    : session_(std::move(options)),
      data_(std::move(data)),
      batch_(program.batch),
      order_(epoch_order(seed_, 1, data_.count)),
      indices_(static_cast<size_t>(program.batch)),
      id_(session_.add(program.name, program.graph)) {
  if (batch_ > data_.count)
    throw Error("batch_size: {}, but the data set has {} pictures", batch_, data_.count);
  for (const auto& [name, values] : program.initial) session_.set_param(name, values);
  bind_if_read("images", data_.pixels.data());
  bind_if_read("labels", data_.labels.data());
  bind_if_read("indices", indices_.data());
  bind_if_read("seed", &seed_);
  bind_if_read("step", &step_);
}

void StepLoop::bind_if_read(const std::string& input, const void* data) {
  const auto& roots = lowered().roots;
  const bool read = std::any_of(roots.begin(), roots.end(), [&](const Root& root) {
    return root.kind == Root::Kind::input && root.name == input;
  });
  if (read) session_.bind(id_, input, data);
}

double StepLoop::seconds(int64_t steps) {
  const auto begin = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < steps; ++i) {
    if (next_row_ + batch_ > data_.count) next_row_ = 0;
    std::copy_n(order_.begin() + next_row_, batch_, indices_.begin());
    next_row_ += batch_;
    ++step_;
    session_.run(id_);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace cgan_jit::cli
