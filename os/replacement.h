#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/error.h"
#include "os/descriptor.h"

namespace cgan_jit::os {

/// The system would not take what we write: a full disk, a folder without permission. Not the fault of the
/// input.
struct WriteError : Error {
  using Error::Error;
};

/// Who may open a new file: whom the umask lets, or its owner alone.
enum class Access { usual, own };

/// A file on its way to take a name's place: a temporary one in the same folder until publish(); readers see
/// the old file or the new one. Without publish() nothing is left behind, and what a killed process leaves
/// behind is known by its name and by the lock that nobody holds any more. Each call throws WriteError
/// "FILE: why".
class Replacement {
 public:
  /// `folder` is an open folder that outlives this, `file` the whole path, whose last part is the name.
  Replacement(const Descriptor& folder, std::filesystem::path file, Access access);
  ~Replacement();
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  void write(std::span<const std::byte> bytes);
  const Descriptor& descriptor() const { return file_; }
  void publish();

 private:
  const Descriptor& folder_;
  std::filesystem::path path_;
  std::string temporary_;
  Descriptor file_;
};

/// A name for a temporary file that no other has: .cgan_jit-HHHHHHHHHHHHHHHH.tmp.
std::string temporary_name();
bool is_temporary_name(std::string_view name);

/// Removes the temporary file if whoever made it is gone: a file of such a name, or a symbolic link (nobody
/// can hold a link, so no link of this folder may be on its way).
void remove_if_left_behind(const Descriptor& folder, const std::string& name);

/// Names in the folder, in no order; none when it cannot be read. "." and ".." are left out.
std::vector<std::string> names_in(const Descriptor& folder);

}  // namespace cgan_jit::os
