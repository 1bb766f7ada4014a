#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "io/file.h"

namespace cgan_jit::io {

/// What a line of a log says.
struct LossLine {
  int64_t step = 0, epoch = 0;
  std::vector<float> losses;  // a column each
};

/// That of the last whole line; nothing when there is no such file, or no line but the heading: what follows
/// the last line end is still being written, or was when its writer was killed. Throws Error "FILE: what"
/// when the line is not one of so many losses, or the file cannot be read.
std::optional<LossLine> last_losses(const std::filesystem::path& log, size_t losses);

/// losses.csv, a line a step, and test_losses.csv, a line a test: "step,epoch," and the losses' names,
/// numbers in the shortest form that reads back. Every line is in the file as soon as it is added, so that
/// another program can follow.
class LossLog {
 public:
  /// The log of a run that has done `steps`, with losses of these names: what a file at `path`, or one that
  /// keep_rest() made, has of their lines is kept in order, and whatever else is in it goes. Throws
  /// WriteError, and Error when `path` is no file.
  LossLog(const std::filesystem::path& path, const std::vector<std::string>& losses, int64_t steps);

  /// How many of those steps have no line.
  int64_t missing() const { return missing_; }
  /// The last step that has one; 0: none has.
  int64_t last() const { return last_; }

  /// Throws WriteError, for example when the disk is full; the line is not lost, but tried again with the
  /// next one and by sync().
  void add(const LossLine& line);
  /// Waits until all lines are on the disk. Throws WriteError.
  void sync();
  /// Puts the lines that could not be written into a file beside the log. Throws WriteError.
  void keep_rest();
  /// sync(), or keep_rest() where that is not possible. Throws WriteError.
  void rescue();

 private:
  void write();

  std::filesystem::path path_;
  int64_t missing_ = 0, last_ = 0;
  os::Descriptor file_;
  int64_t written_ = 0;  // bytes that are surely in the file
  std::string waiting_;  // those that come next
};

/// Puts a line into the log at `path`, which has losses of these names and no LossLog has open: in place of
/// that of its step, if there is one, else in the order of steps. What is no line of losses goes. Throws
/// WriteError.
void put_line(const std::filesystem::path& path, const std::vector<std::string>& losses,
              const LossLine& line);

}  // namespace cgan_jit::io
