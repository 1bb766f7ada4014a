#include "training/test_losses.h"

#include <fmt/format.h>

#include "training/checkpoint_folder.h"

namespace cgan_jit::training {

namespace fs = std::filesystem;

TestLosses::TestLosses(Session& session, const fs::path& run, TestPlan plan)
    : session_(session), run_(run), plan_(std::move(plan)) {}

void TestLosses::begin(int64_t done) {
  if (plan_.data.valid() && plan_.interval > 0) find_data();
  const fs::path file = test_losses_file(run_);
  std::error_code unknown;
  if (data_ || fs::exists(file, unknown)) log_.emplace(file, names_of(plan_.losses), done);
}

void TestLosses::find_data() {
  try {
    data_ = plan_.data.get();
  } catch (const Error& error) { plan_.tell(fmt::format("no test losses: {}", error.what())); }
}

void TestLosses::after(int64_t step, io::ProgressLine& line) {
  if (data_ && is_due(step, plan_.interval) && log_->last() < step) test(step, line);
}

// Compiled when it is first needed, behind the training step.
void TestLosses::test(int64_t step, io::ProgressLine& line) {
  if (!evaluation_) {
    evaluation_.emplace(session_, plan_.record, *data_, plan_.batch_size, plan_.seed, names_of(plan_.losses),
                        plan_.add);
  }
  const auto means = evaluation_->run([&](const Place& place) {
    if (!line.due()) return;
    line.show(
        fmt::format("step {}: test, batch {}/{}", step, place.batch, evaluation_->schedule().batches()));
  });
  if (!means) return;
  text_ = fmt::format("  test {}", to_text(plan_.losses, *means));
  log_->add({step, plan_.training.epoch(step), *means});
}

void TestLosses::sync() {
  if (log_) log_->sync();
}

void TestLosses::rescue() {
  if (log_) log_->rescue();
}

void TestLosses::finish() { write_test_loss_chart(run_, plan_.losses); }

}  // namespace cgan_jit::training
