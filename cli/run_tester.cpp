#include "cli/run_tester.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/checkpoint_folder.h"
#include "io/process.h"

namespace cgan_jit::cli {
namespace {

namespace fs = std::filesystem;

int64_t interval_of(const RunStart& start) {
  const int64_t asked = start.config.test_interval;
  return asked < 0 ? start.schedule().batches() : asked;
}

}  // namespace

fs::path test_losses_file(const fs::path& run) { return run / "test_losses.csv"; }

RunTester::RunTester(LoggedSession& session, const models::CganConfig& model, const RunStart& start,
                     const fs::path& cache_dir)
    : session_(session),
      model_(model),
      seed_(start.config.seed),
      training_(start.schedule()),
      interval_(interval_of(start)),
      file_(test_losses_file(start.folder.path())) {
  if (interval_ == 0) return;
  prepared_ = std::async([data = start.config.data, model, cache_dir] {
    const DataFacts facts = inspect_data(data, io::Split::test, model.n_classes);
    return prepare_in_background(facts, model.img_size, cache_dir).get();
  });
}

void RunTester::begin(int64_t done) {
  if (prepared_.valid()) find_images();
  std::error_code unknown;
  if (images_ || fs::exists(file_, unknown)) log_.emplace(file_, done);
}

void RunTester::find_images() {
  try {
    images_ = prepared_.get();
  } catch (const Error& error) { io::say(stdout, fmt::format("no test losses: {}\n", error.what())); }
}

bool RunTester::is_due(int64_t step) const {
  return images_ && cli::is_due(step, interval_) && log_->last() < step;
}

void RunTester::after(int64_t step, io::ProgressLine& line) {
  if (is_due(step)) test(step, line);
}

void RunTester::test(int64_t step, io::ProgressLine& line) {
  if (!tester_) tester_.emplace(session_, model_, seed_, *images_);
  const auto losses = tester_->run([&](const Place& place) {
    if (!line.due()) return;
    line.show(fmt::format("step {}: test, batch {}/{}", step, place.batch, tester_->schedule().batches()));
  });
  if (!losses) return;
  text_ = fmt::format("  test D {:.4f}  G {:.4f}", losses->d, losses->g);
  log_->add({step, training_.epoch(step), losses->d, losses->g});
}

void RunTester::sync() {
  if (log_) log_->sync();
}

void RunTester::rescue() {
  if (log_) log_->rescue();
}

}  // namespace cgan_jit::cli
