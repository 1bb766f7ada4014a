#pragma once

#include <filesystem>

#include "os/descriptor.h"

namespace cgan_jit::io {

/// A folder that no other process locks as long as this lives. It leaves no file behind, and the lock of a
/// process that died is gone with it. Move-only.
class FolderLock {
 public:
  /// Throws Error when another process has it, WriteError when it is no folder or cannot be opened. A file
  /// system that has no locks is taken at its word: there nobody is kept out.
  explicit FolderLock(const std::filesystem::path& folder);

 private:
  os::Descriptor folder_;
};

}  // namespace cgan_jit::io
