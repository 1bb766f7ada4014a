#include "io/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>

namespace cgan_jit::io {
namespace {

namespace fs = std::filesystem;

constexpr size_t early_bytes = 1 << 20;

std::string why() { return std::strerror(errno); }

os::Descriptor open_to_read(const fs::path& path) {
  os::Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) throw Error("{}: {}", path.string(), why());
  return file;
}

size_t size_of(const os::Descriptor& file, const fs::path& path) {
  struct stat info {};
  if (fstat(*file, &info) != 0) throw Error("{}: {}", path.string(), why());
  if (!S_ISREG(info.st_mode)) throw Error("{}: not a file", path.string());
  return static_cast<size_t>(info.st_size);
}

os::Descriptor open_folder_of(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : ".";
  os::Descriptor opened(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!opened) throw WriteError("{}: {}", file.string(), why());
  return opened;
}

// A rename survives a power cut only when its folder is on disk, too. Some file systems refuse to sync
// folders: no harm.
void sync_folder(const os::Descriptor& folder) {
  const os::Descriptor readable(openat(*folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (readable) fsync(*readable);
}

/// If the path is the name of a descriptor of this process, as /dev/stdout's target is: the same again.
os::Descriptor own_descriptor(const fs::path& path) {
  const std::string name = path.filename().string();
  int number = -1;
  const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (problem != std::errc() || end != name.data() + name.size()) return {};
  std::error_code missing;
  const fs::path own = fs::canonical("/proc/self/fd", missing);
  if (missing || fs::canonical(path.parent_path(), missing) != own) return {};
  return os::Descriptor(fcntl(number, F_DUPFD_CLOEXEC, 0));
}

/// What takes bytes only as they come, opened; nothing for a file, or if there is nothing.
os::Descriptor open_as_it_is(const fs::path& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode)) return {};
  os::Descriptor opened(open(path.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC));
  if (!opened) throw WriteError("{}: {}", path.string(), why());
  return opened;
}

/// Where a path leads, link by link: to a place for a file, or to what is open in `as_it_is`.
fs::path behind_links(fs::path path, os::Descriptor& as_it_is) {
  constexpr int most = 40;  // as the kernel has it
  for (int links = 0; links < most; ++links) {
    if ((as_it_is = own_descriptor(path))) return path;
    std::error_code no_link;
    const fs::path target = fs::read_symlink(path, no_link);
    if (no_link) {
      as_it_is = open_as_it_is(path);
      return path;
    }
    path = path.parent_path() / target;
  }
  throw WriteError("{}: {}", path.string(), std::strerror(ELOOP));
}

/// As FAT, some network file systems and old kernels say it.
bool means_no_links(int error) { return error == EPERM || error == EOPNOTSUPP || error == ENOSYS; }

}  // namespace

std::vector<std::byte> read_file(const fs::path& path) {
  const os::Descriptor file = open_to_read(path);
  std::vector<std::byte> bytes(size_of(file, path));
  if (os::read_all(file, bytes)) return bytes;
  throw Error("{}: {}", path.string(), errno == 0 ? "became shorter while it was read" : why());
}

NewFile::NewFile(const fs::path& path) : path_(behind_links(path, as_it_is_)) {
  if (as_it_is_) return;
  folder_ = open_folder_of(path_);
  replacement_.emplace(folder_, path_, os::Access::usual);
}

void NewFile::write(std::span<const std::byte> bytes) {
  if (!replacement_) {
    if (!os::write_all(as_it_is_, bytes)) throw WriteError("{}: {}", path_.string(), why());
    return;
  }
  replacement_->write(bytes);
  // The disk may begin while more is made: less to wait for at the end. A hint only, so errors do not matter.
  if (bytes.size() >= early_bytes) sync_file_range(*replacement_->descriptor(), 0, 0, SYNC_FILE_RANGE_WRITE);
}

void NewFile::commit() {
  if (!replacement_) return;
  if (fsync(*replacement_->descriptor()) != 0) throw WriteError("{}: {}", path_.string(), why());
  publish();
  sync_folder(folder_);
}

void NewFile::publish() {
  if (replacement_) replacement_->publish();
}

void write_file(const fs::path& path, std::span<const std::byte> bytes) {
  NewFile file(path);
  file.write(bytes);
  file.commit();
}

void write_file(const fs::path& path, std::string_view text) {
  write_file(path, std::as_bytes(std::span(text)));
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw WriteError("{}: {}", folder.string(), error.message());
}

void remove_temporaries(const fs::path& folder) {
  const os::Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return;
  for (const std::string& name : os::names_in(opened)) os::remove_if_left_behind(opened, name);
}

void point_link(const fs::path& link, const fs::path& target) {
  const os::Descriptor folder = open_folder_of(link);
  const std::string temporary = os::temporary_name();
  if (symlinkat(target.c_str(), *folder, temporary.c_str()) != 0) {
    if (!means_no_links(errno)) throw WriteError("{}: {}", link.string(), why());
    unlinkat(*folder, link.filename().c_str(), 0);
    return;
  }
  if (renameat(*folder, temporary.c_str(), *folder, link.filename().c_str()) == 0) return;
  const std::string reason = why();
  unlinkat(*folder, temporary.c_str(), 0);
  throw WriteError("{}: {}", link.string(), reason);
}

MappedFile::MappedFile(const fs::path& path) : MappedFile(open_to_read(path), path) {}

MappedFile::MappedFile(const os::Descriptor& file, const fs::path& path) : size_(size_of(file, path)) {
  if (size_ == 0) return;
  void* data = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE | MAP_POPULATE, *file, 0);
  if (data == MAP_FAILED) throw Error("{}: {}", path.string(), why());
  data_ = static_cast<const std::byte*>(data);
}

MappedFile::~MappedFile() {
  if (data_) munmap(const_cast<std::byte*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

}  // namespace cgan_jit::io
