#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace cgan_jit::io {

/// Where a training run is. Epochs and batches count from 1.
struct TrainingProgress {
  int64_t step = 0, steps = 0;
  int64_t epoch = 0, epochs = 0;
  int64_t batch = 0, batches = 0;
  std::string losses;           // "D 0.0312  G 0.9412"
  double steps_per_second = 0;  // 0: not known yet
};

/// "epoch 3/50  batch 120/938  D 0.0312  G 0.9412  118.2 steps/s  5 min 12 s left".
std::string to_text(const TrainingProgress& progress);

/// "8 s", "5 min 12 s", "2 h 04 min"; whole seconds, at least 0.
std::string duration_text(double seconds);

/// Of a clock that only goes forward.
double seconds_now();

/// Whether lines on stderr may be rewritten: stdout and stderr are both terminals, and TERM is set and not
/// "dumb".
bool is_live_terminal();

/// One line that tells how far the work is. Live, it is rewritten in place, ten times a second at most; else
/// a plain line is written every ten seconds. Without a file, nothing is.
class ProgressLine {
 public:
  ProgressLine(std::FILE* out, bool live) : out_(out), live_(live) {}
  ~ProgressLine() { finish(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Whether it is time for the next `show`; cheap, asked at every step.
  bool due() const;
  void show(const std::string& text);
  /// Ends a live line, so that other output starts on a line of its own. The next `show` begins a new one.
  void finish();

 private:
  std::FILE* out_;
  bool live_;
  bool open_ = false;  // a live line without its line end is on the screen
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace cgan_jit::io
