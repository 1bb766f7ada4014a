#pragma once

#include <optional>
#include <string>

namespace cgan_jit {

/// Object files in one folder, by key (a hash in hexadecimal). Every file carries its key, length and
/// checksum; it appears whole or not at all.
class ObjectCache {
 public:
  /// Creates `dir` with mode 0700; empty: keeps nothing. Throws Error if it is a link, belongs to another
  /// user, or others may write to it. One that cannot be made is a warning on stderr, and nothing is kept.
  explicit ObjectCache(std::string dir);

  /// Nothing if it is not there, or damaged: then with one line of warning on stderr.
  std::optional<std::string> load(const std::string& key) const;
  /// Failing is no error: the first time in this cache's life it is a warning on stderr.
  void store(const std::string& key, const std::string& object);

  /// Empty if nothing is kept.
  const std::string& dir() const { return dir_; }

 private:
  std::string path_of(const std::string& key) const;

  std::string dir_;
  bool warned_ = false;
};

}  // namespace cgan_jit
