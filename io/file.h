#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "os/replacement.h"

namespace cgan_jit::io {

using os::WriteError;

/// The whole file. Throws Error "FILE: why" when it cannot be opened or read.
std::vector<std::byte> read_file(const std::filesystem::path& path);

/// A file's bytes, read-only, mapped into memory as long as this lives. Move-only.
class MappedFile {
 public:
  /// Throws Error "FILE: why". An empty file maps to no bytes.
  explicit MappedFile(const std::filesystem::path& path);
  /// Of a file that is open; `path` is for messages.
  MappedFile(const os::Descriptor& file, const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

/// A file that comes to be all at once or not at all: a temporary one beside `path` until commit() or
/// publish(). Readers see the old file or the new one. A symbolic link stays, and what it points to is
/// replaced; what is no regular file (a device, a pipe, /dev/stdout whatever it is) cannot be replaced and
/// gets the bytes as they come. Each call throws WriteError "FILE: why"; without commit() or publish()
/// nothing is left behind.
class NewFile {
 public:
  explicit NewFile(const std::filesystem::path& path);
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(std::span<const std::byte> bytes);

  /// Waits for the disk, then renames.
  void commit();
  /// Renames at once: after a power cut the file may hold anything.
  void publish();

 private:
  os::Descriptor as_it_is_, folder_;
  std::filesystem::path path_;                  // behind all links
  std::optional<os::Replacement> replacement_;  // unless the bytes go into what is there
};

/// Puts `bytes` at `path` as NewFile does.
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_file(const std::filesystem::path& path, std::string_view text);

/// Makes the folder and those above it. Throws WriteError.
void make_folder(const std::filesystem::path& folder);

/// Removes what processes that were killed left behind while they made files (NewFile) or links (point_link)
/// in this very folder; files that somebody is still writing stay. Only one process at a time may make links
/// there. What cannot be removed stays.
void remove_temporaries(const std::filesystem::path& folder);

/// Makes `link` a symbolic link to `target` (as written, so relative to the link's folder), whatever link was
/// there before. Where the file system has no links, there is none afterwards: whatever stood there would be
/// out of date. Throws WriteError.
void point_link(const std::filesystem::path& link, const std::filesystem::path& target);

}  // namespace cgan_jit::io
