#include "io/idx.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace cgan_jit::io {
namespace {

constexpr uint32_t images_magic = 0x00000803, labels_magic = 0x00000801;

/// A file's bytes in order, unpacked on the way when they are gzip's.
class ByteStream {
 public:
  explicit ByteStream(const std::filesystem::path& file) : file_(file), stream_(open(file), gzclose) {
    gzbuffer(stream_.get(), 256 << 10);
  }

  /// Up to `size` bytes; fewer only at the end.
  size_t read(uint8_t* to, size_t size) {
    size_t done = 0;
    while (done < size) {
      const auto most = static_cast<unsigned>(std::min<size_t>(size - done, 1 << 30));
      const int got = gzread(stream_.get(), to + done, most);
      if (got < 0) fail();
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    if (done < size) refuse_truncated_gzip();
    return done;
  }

 private:
  static gzFile open(const std::filesystem::path& file) {
    if (std::filesystem::is_directory(file)) throw Error("{}: a folder, not an IDX file", file.string());
    gzFile stream = gzopen(file.c_str(), "rb");
    if (!stream) throw Error("{}: {}", file.string(), std::strerror(errno));
    return stream;
  }

  [[noreturn]] void fail() const {
    int code = 0;
    const char* text = gzerror(stream_.get(), &code);
    if (code == Z_ERRNO) throw Error("{}: {}", file_.string(), std::strerror(errno));
    throw Error("{}: damaged gzip data ({})", file_.string(), text);
  }

  void refuse_truncated_gzip() const {
    int code = 0;
    gzerror(stream_.get(), &code);
    if (code == Z_BUF_ERROR)
      throw Error("{}: the gzip data end in the middle (a broken download?)", file_.string());
    if (code != Z_OK && code != Z_STREAM_END) fail();
  }

  std::filesystem::path file_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> stream_;
};

uint32_t read_header_word(ByteStream& stream, const std::filesystem::path& file) {
  std::array<uint8_t, 4> b{};
  const size_t got = stream.read(b.data(), 4);
  if (got < 4) throw Error("{}: too short for an IDX header", file.string());
  return uint32_t{b[0]} << 24 | uint32_t{b[1]} << 16 | uint32_t{b[2]} << 8 | b[3];
}

void expect_magic(ByteStream& stream, uint32_t magic, const char* what, const std::filesystem::path& file) {
  const uint32_t found = read_header_word(stream, file);
  if (found == magic) return;
  throw Error("{}: not an IDX file of {}: starts with {:#010x}, expected {:#010x}", file.string(), what,
              found, magic);
}

// Memory follows what the file holds, not what its header says: a header may be damaged.
std::vector<uint8_t> read_body(ByteStream& stream, uint64_t size, const std::filesystem::path& file) {
  constexpr uint64_t step = 64 << 20;
  std::vector<uint8_t> body;
  while (body.size() < size) {
    const size_t before = body.size();
    const uint64_t wanted = std::min(size - before, step);
    body.resize(before + wanted);
    const size_t got = stream.read(body.data() + before, wanted);
    if (got < wanted) {
      throw Error("{}: ends after {} bytes of data, its header says {}", file.string(), before + got, size);
    }
  }
  uint8_t extra = 0;
  if (stream.read(&extra, 1) != 0)
    throw Error("{}: more data than the {} bytes of its header", file.string(), size);
  return body;
}

std::filesystem::path find_file(const std::filesystem::path& folder, const std::string& stem,
                                const std::string& kind) {
  for (const char* joint : {"-", "."}) {
    for (const char* ending : {"", ".gz"}) {
      const std::filesystem::path file = folder / (stem + joint + kind + ending);
      if (std::filesystem::exists(file)) return file;
    }
  }
  throw Error("{}: holds no {}-{} or {}-{}.gz; a folder of IDX files is needed, such as data/mnist",
              folder.string(), stem, kind, stem, kind);
}

void expect_readable_folder(const std::filesystem::path& folder) {
  std::error_code error;
  const auto status = std::filesystem::status(folder, error);
  if (status.type() == std::filesystem::file_type::not_found)
    throw Error("{}: no such folder", folder.string());
  if (error) throw Error("{}: {}", folder.string(), error.message());
  if (!std::filesystem::is_directory(status)) throw Error("{}: not a folder", folder.string());
  std::filesystem::directory_iterator(folder, error);
  if (error) throw Error("{}: {}", folder.string(), error.message());
}

}  // namespace

IdxImages read_idx_images(const std::filesystem::path& file) {
  ByteStream stream(file);
  expect_magic(stream, images_magic, "pictures", file);
  const uint32_t count = read_header_word(stream, file);
  const uint32_t rows = read_header_word(stream, file);
  const uint32_t cols = read_header_word(stream, file);
  constexpr uint32_t longest_side = 1 << 14;
  if (rows == 0 || cols == 0 || rows > longest_side || cols > longest_side) {
    throw Error("{}: pictures of {} x {} pixels; 1 to {} are possible", file.string(), rows, cols,
                longest_side);
  }
  return {count, static_cast<int>(rows), static_cast<int>(cols),
          read_body(stream, uint64_t{count} * rows * cols, file)};
}

std::vector<uint8_t> read_idx_labels(const std::filesystem::path& file) {
  ByteStream stream(file);
  expect_magic(stream, labels_magic, "labels", file);
  const uint32_t count = read_header_word(stream, file);
  return read_body(stream, count, file);
}

SplitFiles find_split(const std::filesystem::path& folder, Split split) {
  expect_readable_folder(folder);
  const std::string prefix = split == Split::train ? "train" : "t10k";
  return {find_file(folder, prefix + "-images", "idx3-ubyte"),
          find_file(folder, prefix + "-labels", "idx1-ubyte")};
}

ImageSet read_split(const SplitFiles& files) {
  std::vector<uint8_t> labels = read_idx_labels(files.labels);
  IdxImages images = read_idx_images(files.images);
  if (images.count == 0) throw Error("{}: holds no pictures", files.images.string());
  if (images.count != static_cast<int64_t>(labels.size())) {
    throw Error("{} holds {} pictures, but {} holds {} labels", files.images.string(), images.count,
                files.labels.string(), labels.size());
  }
  return {images.count, images.rows, images.cols, std::move(images.pixels), std::move(labels)};
}

void check_labels(std::span<const uint8_t> labels, int n_classes, const std::filesystem::path& file) {
  const auto wrong =
      std::find_if(labels.begin(), labels.end(), [&](uint8_t label) { return label >= n_classes; });
  if (wrong == labels.end()) return;
  throw Error("{}: label {} at position {}, but there are only the classes 0 to {}", file.string(), *wrong,
              wrong - labels.begin(), n_classes - 1);
}

}  // namespace cgan_jit::io
