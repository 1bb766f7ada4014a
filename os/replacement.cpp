#include "os/replacement.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>

namespace cgan_jit::os {
namespace {

constexpr std::string_view prefix = ".cgan_jit-", suffix = ".tmp";
constexpr size_t digits = 16;

struct stat status_of(const Descriptor& file) {
  struct stat status {};
  fstat(*file, &status);
  return status;
}

// Whoever cleans up may find the file between its making and its lock; then it is gone, and another is made.
Descriptor make_locked(const Descriptor& folder, const std::string& name, Access access) {
  constexpr int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  Descriptor file(openat(*folder, name.c_str(), flags, access == Access::own ? 0600 : 0666));
  if (!file) return file;
  if (access == Access::own) fchmod(*file, 0600);  // an odd umask may have taken that, too
  flock(*file, LOCK_EX);
  return status_of(file).st_nlink > 0 ? std::move(file) : make_locked(folder, name, access);
}

}  // namespace

std::string temporary_name() {
  uint64_t number = 0;
  const bool drawn = getrandom(&number, sizeof number, 0) == sizeof number;
  check(drawn, "no random number: {}", std::strerror(errno));
  return fmt::format("{}{:0{}x}{}", prefix, number, digits, suffix);
}

bool is_temporary_name(std::string_view name) {
  if (name.size() != prefix.size() + digits + suffix.size()) return false;
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return false;
  return name.substr(prefix.size(), digits).find_first_not_of("0123456789abcdef") == name.npos;
}

Replacement::Replacement(const Descriptor& folder, std::filesystem::path file, Access access)
    : folder_(folder), path_(std::move(file)), temporary_(temporary_name()) {
  file_ = make_locked(folder_, temporary_, access);
  if (!file_) throw WriteError("{}: {}", path_.string(), std::strerror(errno));
}

Replacement::~Replacement() {
  if (!temporary_.empty()) unlinkat(*folder_, temporary_.c_str(), 0);
}

void Replacement::write(std::span<const std::byte> bytes) {
  if (!write_all(file_, bytes)) throw WriteError("{}: {}", path_.string(), std::strerror(errno));
}

void Replacement::publish() {
  if (renameat(*folder_, temporary_.c_str(), *folder_, path_.filename().c_str()) != 0)
    throw WriteError("{}: {}", path_.string(), std::strerror(errno));
  temporary_.clear();
  file_ = {};
}

void remove_if_left_behind(const Descriptor& folder, const std::string& name) {
  if (!is_temporary_name(name)) return;
  struct stat status {};
  if (fstatat(*folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (S_ISLNK(status.st_mode)) unlinkat(*folder, name.c_str(), 0);
  if (!S_ISREG(status.st_mode)) return;
  const Descriptor file(openat(*folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file && S_ISREG(status_of(file).st_mode) && flock(*file, LOCK_EX | LOCK_NB) == 0)
    unlinkat(*folder, name.c_str(), 0);
}

std::vector<std::string> names_in(const Descriptor& folder) {
  // A descriptor of its own: reading a folder moves on.
  const int again = openat(*folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(again < 0 ? nullptr : fdopendir(again), closedir);
  if (!stream) return {};
  std::vector<std::string> names;
  while (const dirent* entry = readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

}  // namespace cgan_jit::os
