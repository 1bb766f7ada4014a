// What a run does when it cannot go on.

#include <fmt/format.h>

#include "cli/checkpoint_folder.h"
#include "cli/divergence.h"
#include "cli/loss_chart.h"
#include "cli/run_pictures.h"
#include "cli/training_run.h"
#include "io/process.h"

namespace cgan_jit::cli {
namespace {

/// Tries to save something; ", and WHAT, WHY" when that is not possible.
template <typename Save>
std::string attempt(Save&& save) {
  try {
    save();
    return {};
  } catch (const Error& error) { return std::string("; ") + error.what(); }
}

}  // namespace

// The system may take now, or elsewhere, what it did not take before.
void TrainingRun::rescue(const std::string& cause) {
  line_.finish();
  std::string text = fmt::format("{}; stopped after step {}", cause, done_);
  text += attempt([&] { pictures_.wait(); });
  text += attempt([&] { keep_lines(); });
  text += attempt([&] { tests_.rescue(); });
  if (saved_ != done_) text += attempt([&] { save(); });
  text += attempt([&] { write_loss_charts(folder_); });
  text += attempt([&] { write_run_pictures(folder_); });
  const auto last = find_last_checkpoint(folder_);
  text += last ? fmt::format("; the last checkpoint is that of step {}", saved_) : "; there is no checkpoint";
  throw io::WriteError(text);
}

void TrainingRun::keep_lines() {
  if (log_) log_->rescue();
}

void TrainingRun::explain(const std::string& cause) {
  line_.finish();
  const std::string unwritten = attempt([&] {
    pictures_.wait();
    write_loss_charts(folder_);
    write_run_pictures(folder_);
  });
  const auto last = find_last_checkpoint(folder_);
  const std::string good = last ? fmt::format("the last good checkpoint is {}", last->string())
                                : "there is no checkpoint before it";
  io::say(stdout, fmt::format("step {}: {}; running the steps behind {} again to see where that began\n",
                              done_, cause, saved_));
  std::optional<Checkpoint> checkpoint;
  if (last) checkpoint = read_checkpoint(*last);
  const auto found = find_divergence(session_.session(), *trainer_, checkpoint ? checkpoint->step : 0, done_,
                                     [&] { restore_last_good(checkpoint); });
  const std::string text = found ? fmt::format("step {}: {} is not finite, seen at step {}: {}", found->step,
                                               found->tensor, done_, cause)
                                 : fmt::format("step {}: {}", done_, cause);
  throw Diverged(fmt::format("{}; {}{}", text, good, unwritten));
}

void TrainingRun::restore_last_good(const std::optional<Checkpoint>& checkpoint) {
  if (checkpoint) return restore(session_.session(), *checkpoint);
  session_.session().initialize(config_.seed);
}

}  // namespace cgan_jit::cli
