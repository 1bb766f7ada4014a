#include "os/private_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>
#include <utility>

namespace cgan_jit::os {
namespace {

namespace fs = std::filesystem;

template <typename Problem>
[[noreturn]] void fail(const fs::path& path) {
  throw Problem("{}: {}", path.string(), std::strerror(errno));
}

struct stat status_of(const Descriptor& opened, const fs::path& path) {
  struct stat status {};
  if (fstat(*opened, &status) != 0) fail<Error>(path);
  return status;
}

void expect_own(const struct stat& status, const fs::path& path) {
  if (status.st_uid != geteuid()) throw Error("{}: belongs to another user", path.string());
  if (status.st_mode & (S_IWGRP | S_IWOTH))
    throw Error("{}: other users may write to it, so what it holds may be theirs", path.string());
}

fs::path without_slashes(const fs::path& path) {
  return path.has_filename() || !path.has_relative_path() ? path : without_slashes(path.parent_path());
}

struct Entry {
  std::string name;
  uintmax_t bytes;
  timespec used;
};

bool used_later(const Entry& a, const Entry& b) {
  return std::tie(a.used.tv_sec, a.used.tv_nsec) > std::tie(b.used.tv_sec, b.used.tv_nsec);
}

}  // namespace

PrivateFolder::PrivateFolder(const Descriptor* parent, fs::path path) : path_(std::move(path)) {
  const int above = parent ? **parent : AT_FDCWD;
  const std::string name = (parent ? path_.filename() : path_).string();
  if (mkdirat(above, name.c_str(), 0700) == 0) {
    // Whatever the umask left out; where that cannot be said without following links, the mode is judged
    // below.
    if (fchmodat(above, name.c_str(), 0700, AT_SYMLINK_NOFOLLOW) != 0 && errno != EOPNOTSUPP)
      fail<WriteError>(path_);
  } else if (errno != EEXIST) {
    fail<WriteError>(path_);
  }
  folder_ = Descriptor(openat(above, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  std::error_code gone;
  if (!folder_ && fs::is_symlink(fs::symlink_status(path_, gone)))
    throw Error("{}: a symbolic link, which may come to point elsewhere", path_.string());
  if (!folder_) fail<Error>(path_);
  expect_own(status_of(folder_, path_), path_);
}

PrivateFolder::PrivateFolder(fs::path path)
    : PrivateFolder(nullptr, [&] {
        path = without_slashes(path);
        std::error_code told_below;
        fs::create_directories(path.parent_path(), told_below);
        return path;
      }()) {}

PrivateFolder PrivateFolder::subfolder(const std::string& name) const {
  return PrivateFolder(&folder_, path_ / name);
}

Descriptor PrivateFolder::open(const std::string& name) const {
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  Descriptor file(openat(*folder_, name.c_str(), flags));
  if (!file && errno == ENOENT) return file;
  const fs::path path = path_ / name;
  if (!file) fail<Error>(path);
  const struct stat status = status_of(file, path);
  if (!S_ISREG(status.st_mode)) throw Error("{}: no regular file", path.string());
  expect_own(status, path);
  if (status.st_nlink > 1)
    throw Error("{}: has a second name, under which others may reach it", path.string());
  futimens(*file, nullptr);
  return file;
}

Replacement PrivateFolder::create(const std::string& name) const {
  return Replacement(folder_, path_ / name, Access::own);
}

void PrivateFolder::prune(const std::function<bool(std::string_view)>& belongs, uintmax_t bytes) const {
  std::vector<Entry> entries;
  for (const std::string& name : names_in(folder_)) {
    remove_if_left_behind(folder_, name);
    struct stat status {};
    if (!belongs(name) || fstatat(*folder_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISREG(status.st_mode))
      entries.push_back({name, static_cast<uintmax_t>(status.st_size), status.st_mtim});
  }
  std::sort(entries.begin(), entries.end(), used_later);
  uintmax_t kept = 0;
  for (const Entry& entry : entries) {
    kept += entry.bytes;
    if (kept > bytes && &entry != &entries.front()) unlinkat(*folder_, entry.name.c_str(), 0);
  }
}

}  // namespace cgan_jit::os
