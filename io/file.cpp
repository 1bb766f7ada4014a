#include "io/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace cgan_jit::io {
namespace {

constexpr size_t early_bytes = 1 << 20;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string why() { return std::strerror(errno); }

int open_to_read(const std::filesystem::path& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw Error("{}: {}", path.string(), why());
  return fd;
}

size_t size_of(int fd, const std::filesystem::path& path) {
  struct stat info {};
  if (fstat(fd, &info) != 0) throw Error("{}: {}", path.string(), why());
  if (!S_ISREG(info.st_mode)) throw Error("{}: not a file", path.string());
  return static_cast<size_t>(info.st_size);
}

// mkostemp makes private files; what we write is as open as the user's umask lets it be.
mode_t usual_mode() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

// A rename survives a power cut only when its folder is on disk, too. Some file systems refuse to sync
// folders: no harm.
void sync_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor(
      open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() >= 0) fsync(descriptor.get());
}

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& path) {
  const Descriptor descriptor(open_to_read(path));
  std::vector<std::byte> bytes(size_of(descriptor.get(), path));
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = read(descriptor.get(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error("{}: {}", path.string(), why());
    if (got == 0) throw Error("{}: became shorter while it was read", path.string());
    done += static_cast<size_t>(got);
  }
  return bytes;
}

NewFile::NewFile(const std::filesystem::path& path) : path_(path), temporary_(path.string() + ".XXXXXX") {
  fd_ = mkostemp(temporary_.data(), O_CLOEXEC);
  if (fd_ < 0) throw WriteError("{}: {}", path_.string(), why());
}

NewFile::~NewFile() {
  if (fd_ < 0) return;
  close(fd_);
  unlink(temporary_.c_str());
}

void NewFile::write(std::span<const std::byte> bytes) {
  for (std::span<const std::byte> rest = bytes; !rest.empty();) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw WriteError("{}: {}", path_.string(), why());
    rest = rest.subspan(static_cast<size_t>(written));
  }
  // The disk may begin while more is made: less to wait for at the end. A hint only, so errors do not matter.
  if (bytes.size() >= early_bytes) sync_file_range(fd_, 0, 0, SYNC_FILE_RANGE_WRITE);
}

MappedFile NewFile::map() const {
  try {
    return MappedFile(fd_, path_);
  } catch (const Error& error) { throw WriteError(error.what()); }
}

void NewFile::commit() {
  if (fsync(fd_) != 0) throw WriteError("{}: {}", path_.string(), why());
  publish();
  sync_folder(path_.parent_path());
}

void NewFile::publish() {
  if (fchmod(fd_, usual_mode()) != 0 || rename(temporary_.c_str(), path_.c_str()) != 0)
    throw WriteError("{}: {}", path_.string(), why());
  close(std::exchange(fd_, -1));
}

void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  NewFile file(path);
  file.write(bytes);
  file.commit();
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  write_file(path, std::as_bytes(std::span(text)));
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw WriteError("{}: {}", folder.string(), error.message());
}

void point_link(const std::filesystem::path& link, const std::filesystem::path& target) {
  const std::string temporary = fmt::format("{}.{}", link.string(), getpid());
  if (symlink(target.c_str(), temporary.c_str()) != 0) throw WriteError("{}: {}", link.string(), why());
  if (rename(temporary.c_str(), link.c_str()) == 0) return;
  const std::string reason = why();
  unlink(temporary.c_str());
  throw WriteError("{}: {}", link.string(), reason);
}

MappedFile::MappedFile(const std::filesystem::path& path)
    : MappedFile(Descriptor(open_to_read(path)).get(), path) {}

MappedFile::MappedFile(int fd, const std::filesystem::path& path) : size_(size_of(fd, path)) {
  if (size_ == 0) return;
  void* data = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
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
