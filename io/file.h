#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/error.h"

namespace cgan_jit::io {

/// The system would not take what we write: a full disk, a folder without permission. Not the fault of the
/// input.
struct WriteError : Error {
  using Error::Error;
};

/// The whole file. Throws Error "FILE: why" when it cannot be opened or read.
std::vector<std::byte> read_file(const std::filesystem::path& path);

/// A file's bytes, read-only, mapped into memory as long as this lives. Move-only.
class MappedFile {
 public:
  /// Throws Error "FILE: why". An empty file maps to no bytes.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  friend class NewFile;
  MappedFile(int fd, const std::filesystem::path& path);

  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

/// A file that comes to be all at once or not at all: a temporary one beside `path` until commit() or
/// publish(). Readers see the old file or the new one. Each call throws WriteError "FILE: why"; without
/// commit() or publish() nothing is left behind.
class NewFile {
 public:
  explicit NewFile(const std::filesystem::path& path);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(std::span<const std::byte> bytes);
  /// What was written, to be read whatever becomes of the name.
  MappedFile map() const;

  /// Waits for the disk, then renames.
  void commit();
  /// Renames at once: after a power cut the file may hold anything. For what carries a checksum and can be
  /// made anew.
  void publish();

 private:
  std::filesystem::path path_;
  std::string temporary_;
  int fd_ = -1;
};

/// Puts `bytes` at `path` as NewFile does.
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_file(const std::filesystem::path& path, std::string_view text);

/// Makes the folder and those above it. Throws WriteError.
void make_folder(const std::filesystem::path& folder);

/// Makes `link` a symbolic link to `target` (as written, so relative to the link's folder), whatever link was
/// there before. Throws WriteError.
void point_link(const std::filesystem::path& link, const std::filesystem::path& target);

}  // namespace cgan_jit::io
