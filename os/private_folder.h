#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "os/replacement.h"

namespace cgan_jit::os {

/// A folder that only this user can write to, and the files that lie in it, for caches whose content is
/// trusted. It is opened once; what was opened is what is judged (owner and mode) and what all else is
/// relative to, so it does not matter who may rename things above it.
class PrivateFolder {
 public:
  /// Where it is missing, it is made, with mode 0700 whatever the umask; those above it as usual. Throws
  /// Error "FOLDER: why" when that fails, and when it is a symbolic link, belongs to another user, or others
  /// may write to it.
  explicit PrivateFolder(std::filesystem::path path);
  /// The folder of that name in this one; the same holds for it.
  PrivateFolder subfolder(const std::string& name) const;

  /// The file, to be read, from now on the one that was used last; nothing if there is none. Throws Error
  /// "FILE: why" for what is no regular file, belongs to another user, may be written by others or bears a
  /// second name (a hard link).
  Descriptor open(const std::string& name) const;
  /// A new file of mode 0600 on its way to that name. This folder must outlive it. Throws WriteError.
  Replacement create(const std::string& name) const;

  /// Of the files whose names `belong`, removes those that were used longest ago until the rest takes no more
  /// than `bytes`; the one used last stays in any case. Whoever has one open keeps it. Removes what killed
  /// processes left behind, too. What cannot be removed stays.
  void prune(const std::function<bool(std::string_view)>& belongs, uintmax_t bytes) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  PrivateFolder(const Descriptor* parent, std::filesystem::path path);

  std::filesystem::path path_;
  Descriptor folder_;
};

}  // namespace cgan_jit::os
