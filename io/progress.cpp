#include "io/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "io/process.h"

namespace cgan_jit::io {
namespace {

constexpr std::chrono::milliseconds live_interval{100}, plain_interval{10'000};

/// Columns that a line may fill without wrapping, which rewriting cannot undo.
size_t usable_columns(std::FILE* out) {
  winsize size{};
  if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col < 2) return 79;
  return size.ws_col - 1u;
}

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<int64_t>(std::lround(std::clamp(seconds, 0.0, 1e9)));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string to_text(const TrainingProgress& progress) {
  std::string text = fmt::format("epoch {}/{}  batch {}/{}  {}", progress.epoch, progress.epochs,
                                 progress.batch, progress.batches, progress.losses);
  if (progress.steps_per_second <= 0) return text;
  const double left = static_cast<double>(progress.steps - progress.step) / progress.steps_per_second;
  return text + fmt::format("  {:.1f} steps/s  {} left", progress.steps_per_second, duration_text(left));
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool is_live_terminal() {
  const char* term = std::getenv("TERM");
  return isatty(STDOUT_FILENO) && isatty(STDERR_FILENO) && term && std::string_view(term) != "dumb";
}

bool ProgressLine::due() const { return out_ && std::chrono::steady_clock::now() >= next_; }

void ProgressLine::show(const std::string& text) {
  if (!out_) return;
  next_ = std::chrono::steady_clock::now() + (live_ ? live_interval : plain_interval);
  say(out_, live_ ? fmt::format("\r{}\x1b[K", text.substr(0, usable_columns(out_))) : text + "\n");
  open_ = live_;
}

void ProgressLine::finish() {
  if (open_) say(out_, "\n");
  open_ = false;
}

}  // namespace cgan_jit::io
