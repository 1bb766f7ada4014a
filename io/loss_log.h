#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "io/file.h"

namespace cgan_jit::io {

/// losses.csv: a line a step, "step,epoch,d_loss,g_loss", numbers in the shortest form that reads back. Every
/// line is in the file as soon as it is added, so that another program can follow.
class LossLog {
 public:
  /// Starts the file anew, with its heading. Throws WriteError.
  explicit LossLog(const std::filesystem::path& path);

  /// Goes on with a file: lines of `next_step` and later are dropped. Throws Error when it cannot be read.
  static LossLog continued(const std::filesystem::path& path, int64_t next_step);

  /// Throws WriteError, for example when the disk is full.
  void add(int64_t step, int64_t epoch, float d_loss, float g_loss);

 private:
  struct Appended {};
  LossLog(const std::filesystem::path& path, Appended);
  void write(const std::string& line);

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

}  // namespace cgan_jit::io
