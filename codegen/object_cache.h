#pragma once

#include <optional>
#include <string>

#include "os/private_folder.h"

namespace cgan_jit {

/// Object files in one folder, by key (a hash in hexadecimal). Every file carries its key, length and
/// checksum; it appears whole or not at all. Code is run from them, so only a folder and files are trusted
/// that are this user's alone (os::PrivateFolder).
class ObjectCache {
 public:
  /// Makes `dir` where it is missing; empty: keeps nothing. One that cannot be made or trusted is a warning
  /// on stderr, and nothing is kept.
  explicit ObjectCache(const std::string& dir);

  /// Nothing if it is not there, damaged or not to be trusted: the first time in this cache's life that is a
  /// warning on stderr.
  std::optional<std::string> load(const std::string& key);
  /// Failing is no error: the first time in this cache's life it is a warning on stderr.
  void store(const std::string& key, const std::string& object);
  /// Removes the objects that were used longest ago until all take no more than `bytes`.
  void prune(uintmax_t bytes) const;

 private:
  std::optional<std::string> read(const std::string& key) const;

  std::optional<os::PrivateFolder> folder_;
  bool told_of_object_ = false, told_of_writing_ = false;
};

}  // namespace cgan_jit
