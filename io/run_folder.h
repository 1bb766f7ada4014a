#pragma once

#include <filesystem>

#include "io/file.h"
#include "io/folder_lock.h"

namespace cgan_jit::io {

/// The folder of a run, which no other process works in as long as this lives. Each way to get one throws
/// WriteError, and Error when another process is at work there.
class RunFolder {
 public:
  /// Makes the next numbered folder in `parent`: 0001, 0002, ... Two processes never get the same.
  static RunFolder numbered(const std::filesystem::path& parent);
  /// Makes the folder, or takes one that holds nothing but what a killed process left behind. Throws Error
  /// when it holds anything else: results are never overwritten silently.
  static RunFolder fresh(const std::filesystem::path& folder);
  /// A run's folder as it was left, or Error when there is none.
  static RunFolder found(const std::filesystem::path& folder);

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)), lock_(path_) {}

  std::filesystem::path path_;
  FolderLock lock_;
};

}  // namespace cgan_jit::io
