#include "io/idx.h"

#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "tests/fuzz/target.h"

// Any file is refused with an Error, or read, and then the same bytes in gzip read as the same.

namespace {

using namespace cgan_jit;

/// A file in memory that has a path.
class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : fd_(memfd_create(name, 0)) {}
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  void hold(std::span<const uint8_t> bytes) const {
    if (ftruncate(fd_, 0) != 0 ||
        pwrite(fd_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
      fuzz::broken("the system gives memory");
  }
  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

std::vector<uint8_t> in_gzip(std::span<const uint8_t> bytes) {
  std::vector<uint8_t> packed(compressBound(bytes.size()) + 64);
  z_stream stream{};
  constexpr int fast = 1, gzip_window = 15 + 16, memory = 8;
  deflateInit2(&stream, fast, Z_DEFLATED, gzip_window, memory, Z_DEFAULT_STRATEGY);
  stream.next_in = const_cast<uint8_t*>(bytes.data());
  stream.avail_in = static_cast<unsigned>(bytes.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<unsigned>(packed.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) fuzz::broken("zlib's bound is one");
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

/// Some pictures at a time.
std::vector<uint8_t> read_images(const std::filesystem::path& file) {
  io::IdxImageReader reader(file);
  std::vector<uint8_t> all{static_cast<uint8_t>(reader.rows()), static_cast<uint8_t>(reader.cols())}, some;
  for (int64_t at_once = 1; reader.left() > 0; at_once *= 2) {
    reader.read(std::min(at_once, reader.left()), some);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

template <typename Read>
std::optional<std::vector<uint8_t>> unless_refused(Read read, const MemoryFile& file) {
  try {
    return read(file.path());
  } catch (const Error&) { return {}; }
}

bool is_gzip(std::span<const uint8_t> bytes) {
  return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const MemoryFile plain("plain"), packed("packed");
  const std::span bytes(data, size);
  plain.hold(bytes);
  packed.hold(in_gzip(bytes));
  for (const auto& read : {io::read_idx_labels, read_images}) {
    const auto as_it_is = unless_refused(read, plain), unpacked = unless_refused(read, packed);
    if (!is_gzip(bytes) && as_it_is != unpacked) fuzz::broken("a file in gzip reads as the plain one");
  }
  return 0;
}
