#include "codegen/object_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "ir/error.h"

namespace cgan_jit {

namespace {

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  explicit operator bool() const { return number_ >= 0; }
  int operator*() const { return number_; }

 private:
  int number_;
};

/// What a file begins with; the object follows.
struct Header {
  std::array<char, 8> magic = {'C', 'G', 'J', 'O', 'B', 'J', '0', '1'};
  std::array<char, 64> key = {};
  uint64_t length = 0;
  uint64_t checksum = 0;
  bool operator==(const Header&) const = default;
};

/// FNV-1a over words of eight bytes, the last one filled with zeros. Finds damage; no defence against
/// forgery.
uint64_t checksum_of(const std::string& bytes) {
  uint64_t sum = 0xcbf29ce484222325;
  for (size_t at = 0; at < bytes.size(); at += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min(sizeof(word), bytes.size() - at));
    sum = (sum ^ word) * 0x100000001b3;
    sum ^= sum >> 32;
  }
  return sum;
}

Header header_of(const std::string& key, const std::string& object) {
  Header header;
  check(key.size() == header.key.size(), "a cache key has {} characters", key.size());
  std::copy(key.begin(), key.end(), header.key.begin());
  header.length = object.size();
  header.checksum = checksum_of(object);
  return header;
}

void warn(const std::string& text) { std::fputs(("warning: " + text + "\n").c_str(), stderr); }

bool write_all(int file, const void* data, size_t bytes) {
  const auto* at = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = ::write(file, at, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += written;
    bytes -= static_cast<size_t>(written);
  }
  return true;
}

std::optional<std::string> read_all(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return std::nullopt;
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::read(file, bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    have += static_cast<size_t>(got);
  }
  return bytes;
}

/// The error's number, or 0.
int write_file(const std::string& path, const Header& header, const std::string& object) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return errno;
  const bool written =
      write_all(*file, &header, sizeof(header)) && write_all(*file, object.data(), object.size());
  return written ? 0 : errno;
}

/// Throws Error if what is there may not be trusted: code is read from it.
void require_own(const std::string& dir) {
  struct stat status {};
  if (::lstat(dir.c_str(), &status) != 0) return;
  if (S_ISLNK(status.st_mode)) throw Error("cache folder {}: a symbolic link is refused", dir);
  if (!S_ISDIR(status.st_mode)) throw Error("cache folder {}: it is no folder", dir);
  if (status.st_uid != ::geteuid()) throw Error("cache folder {}: it belongs to another user", dir);
  if (status.st_mode & (S_IWGRP | S_IWOTH))
    throw Error("cache folder {}: other users may write to it (want mode 0700)", dir);
}

}  // namespace

ObjectCache::ObjectCache(std::string dir) : dir_(std::move(dir)) {
  if (dir_.empty()) return;
  while (dir_.size() > 1 && dir_.back() == '/') dir_.pop_back();
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(dir_).parent_path(), failed);
  if (::mkdir(dir_.c_str(), 0700) != 0 && errno != EEXIST) {
    warn(fmt::format("cache folder {}: {}; compiled kernels are not kept", dir_, std::strerror(errno)));
    dir_.clear();
    return;
  }
  require_own(dir_);
}

// The prefix is the one that LLVM's cache pruning looks for.
std::string ObjectCache::path_of(const std::string& key) const { return dir_ + "/llvmcache-" + key; }

std::optional<std::string> ObjectCache::load(const std::string& key) const {
  if (dir_.empty()) return std::nullopt;
  const Descriptor file(::open(path_of(key).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file) return std::nullopt;
  std::optional<std::string> bytes = read_all(*file);
  Header header;
  if (bytes && bytes->size() >= sizeof(Header)) {
    std::memcpy(&header, bytes->data(), sizeof(Header));
    bytes->erase(0, sizeof(Header));
    if (header == header_of(key, *bytes)) return bytes;
  }
  warn(fmt::format("{} is damaged; the kernel is compiled again", path_of(key)));
  return std::nullopt;
}

void ObjectCache::store(const std::string& key, const std::string& object) {
  if (dir_.empty()) return;
  const std::string temporary = fmt::format("{}/new-{}-{}", dir_, ::getpid(), key);
  int failed = write_file(temporary, header_of(key, object), object);
  if (failed == 0 && ::rename(temporary.c_str(), path_of(key).c_str()) != 0) failed = errno;
  if (failed == 0) return;
  ::unlink(temporary.c_str());
  if (!std::exchange(warned_, true))
    warn(fmt::format("cache folder {}: {}; compiled kernels are not kept", dir_, std::strerror(failed)));
}

}  // namespace cgan_jit
