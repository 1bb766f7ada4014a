#pragma once

#include <filesystem>
#include <functional>
#include <future>
#include <vector>

#include "training/callback.h"

namespace cgan_jit::training {

/// Square pictures, `rows` x `columns` of them, of `side` pixels.
struct GridShape {
  int rows = 1, columns = 1, side = 1;
};

/// What a net draws while it trains, the same noise at each step: a grid of samples every `interval` steps in
/// RUN/samples/NNNNNN.png, and at the end the montage and the animation of all of them.
class SampleGrids : public Callback {
 public:
  /// Draws with the params as they are: [rows][columns][side][side] in [-1, 1].
  using Draw = std::function<std::vector<float>()>;

  /// An `interval` of 0: never.
  SampleGrids(const std::filesystem::path& run, GridShape shape, int64_t interval, Draw draw);

  void begin(int64_t done) override;
  /// A grid is encoded and written in a thread of its own while training goes on, one at a time.
  void after(int64_t step, io::ProgressLine& line) override;
  /// After a WriteError another call tries again.
  void sync() override;
  void finish() override;

 private:
  void write(const std::filesystem::path& file, std::vector<float> values);

  std::filesystem::path run_, folder_;
  GridShape shape_;
  int64_t interval_;
  Draw draw_;
  std::function<void()> job_;
  std::future<void> writing_;
};

}  // namespace cgan_jit::training
