// What a run does when it cannot go on.

#include <fmt/format.h>

#include "training/checkpoint_folder.h"
#include "training/divergence.h"
#include "training/run.h"

namespace cgan_jit::training {
namespace {

/// Tries to save something; "; WHY" when that is not possible.
template <typename Save>
std::string attempt(Save&& save) {
  try {
    save();
    return {};
  } catch (const Error& error) { return std::string("; ") + error.what(); }
}

}  // namespace

// The system may take now, or elsewhere, what it did not take before.
void Run::rescue(const std::string& cause) {
  line_.finish();
  std::string text = fmt::format("{}; stopped after step {}", cause, done_);
  for (const auto& callback : callbacks_) text += attempt([&] { callback->rescue(); });
  if (log_) text += attempt([&] { log_->rescue(); });
  if (saved_ != done_) text += attempt([&] { save(); });
  text += attempt([&] { write_loss_chart(folder(), plan_.losses); });
  for (const auto& callback : callbacks_) text += attempt([&] { callback->finish(); });
  const auto last = find_last_checkpoint(folder());
  text += last ? fmt::format("; the last checkpoint is that of step {}", saved_) : "; there is no checkpoint";
  throw io::WriteError(text);
}

void Run::explain(const std::string& cause) {
  line_.finish();
  const std::string unwritten = attempt([&] {
    for (const auto& callback : callbacks_) callback->sync();
    write_loss_chart(folder(), plan_.losses);
    for (const auto& callback : callbacks_) callback->finish();
  });
  const auto last = find_last_checkpoint(folder());
  const std::string good = last ? fmt::format("the last good checkpoint is {}", last->string())
                                : "there is no checkpoint before it";
  plan_.tell(fmt::format("step {}: {}; running the steps behind {} again to see where that began", done_,
                         cause, saved_));
  std::optional<Checkpoint> checkpoint;
  if (last) checkpoint = read_checkpoint(*last);
  const auto found = find_divergence(session_, *trainer_, checkpoint ? checkpoint->step : 0, done_,
                                     [&] { restore_last_good(checkpoint); });
  const std::string text = found ? fmt::format("step {}: {} is not finite, seen at step {}: {}", found->step,
                                               found->tensor, done_, cause)
                                 : fmt::format("step {}: {}", done_, cause);
  throw Diverged(fmt::format("{}; {}{}", text, good, unwritten));
}

void Run::restore_last_good(const std::optional<Checkpoint>& checkpoint) {
  if (checkpoint) return restore(session_, *checkpoint);
  session_.initialize(plan_.seed);
}

}  // namespace cgan_jit::training
