#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <vector>

namespace cgan_jit::cli {

/// A run's grids of samples on their way to samples/NNNNNN.png: they are encoded and written in a thread of
/// their own while training goes on, one at a time.
class PictureWriter {
 public:
  /// Grids of `columns` pictures of `side` x `side` pixels a row.
  PictureWriter(const std::filesystem::path& run, int columns, int side);

  bool has(int64_t step) const;
  /// Takes the grid of a step, [rows][columns][side][side] in [-1, 1]. Throws what wait() throws.
  void write(int64_t step, std::vector<float> values);
  /// Until the last one is on the disk. Throws io::WriteError; another call tries again.
  void wait();

 private:
  std::filesystem::path file(int64_t step) const;

  std::filesystem::path folder_;
  int columns_, side_;
  std::function<void()> job_;
  std::future<void> writing_;
};

}  // namespace cgan_jit::cli
