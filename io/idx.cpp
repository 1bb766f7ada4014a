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
constexpr unsigned buffer_bytes = 64 << 10;  // reads of twice as much are unpacked to where they go

/// A file's bytes in order, unpacked on the way when they are gzip's.
class ByteStream {
 public:
  ByteStream(const std::filesystem::path& file, const std::filesystem::path& opened_as)
      : file_(file), stream_(open(file, opened_as), gzclose) {
    gzbuffer(stream_.get(), buffer_bytes);
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
  static gzFile open(const std::filesystem::path& file, const std::filesystem::path& opened_as) {
    std::error_code missing;
    const auto status = std::filesystem::status(opened_as, missing);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
      throw Error("{}: no regular file, so no IDX file", file.string());
    gzFile stream = gzopen(opened_as.c_str(), "rb");
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

}  // namespace

/// An IDX file: a magic number, whose last byte is the number of dimensions, their extents, the bytes, the
/// end.
class IdxBody {
 public:
  IdxBody(const std::filesystem::path& file, const std::filesystem::path& opened_as, uint32_t magic,
          const char* what)
      : file_(file), stream_(file, opened_as) {
    const uint32_t found = header_word();
    if (found != magic) {
      throw Error("{}: not an IDX file of {}: starts with {:#010x}, expected {:#010x}", file.string(), what,
                  found, magic);
    }
    for (uint32_t dimension = 0; dimension < (magic & 255); ++dimension) {
      extents_.push_back(header_word());
      size_ *= extents_.back();
    }
  }

  const std::vector<uint32_t>& extents() const { return extents_; }

  /// The next `wanted` bytes in place of what `bytes` held. Memory follows what the file holds, not what its
  /// header says: a header may be damaged.
  void read(uint64_t wanted, std::vector<uint8_t>& bytes) {
    constexpr uint64_t step = 4 << 20;
    uint64_t got = 0;
    do {
      bytes.resize(std::min(wanted, got + step));
      fill(std::span(bytes).subspan(got));
      got = bytes.size();
    } while (got < wanted);
    if (done_ == size_) expect_end();
  }

 private:
  uint32_t header_word() {
    std::array<uint8_t, 4> b{};
    const size_t got = stream_.read(b.data(), 4);
    if (got < 4) throw Error("{}: too short for an IDX header", file_.string());
    return uint32_t{b[0]} << 24 | uint32_t{b[1]} << 16 | uint32_t{b[2]} << 8 | b[3];
  }

  void fill(std::span<uint8_t> bytes) {
    const size_t got = stream_.read(bytes.data(), bytes.size());
    done_ += got;
    if (got == bytes.size()) return;
    throw Error("{}: ends after {} bytes of data, its header says {}", file_.string(), done_, size_);
  }

  void expect_end() {
    uint8_t extra = 0;
    if (stream_.read(&extra, 1) != 0)
      throw Error("{}: more data than the {} bytes of its header", file_.string(), size_);
  }

  std::filesystem::path file_;
  ByteStream stream_;
  std::vector<uint32_t> extents_;
  uint64_t size_ = 1, done_ = 0;
};

namespace {

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

IdxImageReader::IdxImageReader(const std::filesystem::path& file) : IdxImageReader(file, file) {}

IdxImageReader::IdxImageReader(const std::filesystem::path& file, const std::filesystem::path& opened_as)
    : body_(std::make_unique<IdxBody>(file, opened_as, images_magic, "pictures")) {
  const uint32_t rows = body_->extents()[1], cols = body_->extents()[2];
  // Resizing takes about a hundred bytes a pixel.
  constexpr uint64_t most_pixels = 1 << 22;
  if (rows == 0 || cols == 0 || uint64_t{rows} * cols > most_pixels) {
    throw Error("{}: pictures of {} x {} pixels; 1 to {} pixels are possible, as in 2048 x 2048",
                file.string(), rows, cols, most_pixels);
  }
  count_ = left_ = body_->extents()[0];
  rows_ = static_cast<int>(rows);
  cols_ = static_cast<int>(cols);
}

IdxImageReader::~IdxImageReader() = default;
IdxImageReader::IdxImageReader(IdxImageReader&&) noexcept = default;

void IdxImageReader::read(int64_t pictures, std::vector<uint8_t>& pixels) {
  check(pictures <= left_, "{} pictures wanted of {} that are left", pictures, left_);
  body_->read(static_cast<uint64_t>(pictures * rows_ * cols_), pixels);
  left_ -= pictures;
}

IdxLabelReader::IdxLabelReader(const std::filesystem::path& file, const std::filesystem::path& opened_as)
    : body_(std::make_unique<IdxBody>(file, opened_as, labels_magic, "labels")),
      count_(body_->extents()[0]) {}

IdxLabelReader::~IdxLabelReader() = default;

std::vector<uint8_t> IdxLabelReader::read() {
  std::vector<uint8_t> labels;
  body_->read(static_cast<uint64_t>(count_), labels);
  return labels;
}

std::vector<uint8_t> read_idx_labels(const std::filesystem::path& file) {
  return IdxLabelReader(file, file).read();
}

SplitFiles find_split(const std::filesystem::path& folder, Split split) {
  expect_readable_folder(folder);
  const std::string prefix = split == Split::train ? "train" : "t10k";
  return {find_file(folder, prefix + "-images", "idx3-ubyte"),
          find_file(folder, prefix + "-labels", "idx1-ubyte")};
}

OpenSplit open_split(const SplitFiles& files) { return open_split(files, files); }

OpenSplit open_split(const SplitFiles& files, const SplitFiles& opened_as) {
  IdxImageReader images(files.images, opened_as.images);
  IdxLabelReader labels(files.labels, opened_as.labels);
  if (images.count() == 0) throw Error("{}: holds no pictures", files.images.string());
  if (images.count() != labels.count())
    throw Error("{} holds {} pictures, but {} holds {} labels", files.images.string(), images.count(),
                files.labels.string(), labels.count());
  return {labels.read(), std::move(images)};
}

ImageSet read_split(const SplitFiles& files) {
  OpenSplit split = open_split(files);
  ImageSet set{split.images.count(), split.images.rows(), split.images.cols()};
  split.images.read(set.count, set.pixels);
  set.labels = std::move(split.labels);
  return set;
}

void check_labels(std::span<const uint8_t> labels, int n_classes, const std::filesystem::path& file) {
  const auto wrong =
      std::find_if(labels.begin(), labels.end(), [&](uint8_t label) { return label >= n_classes; });
  if (wrong == labels.end()) return;
  throw Error("{}: label {} at position {}, but there are only the classes 0 to {}", file.string(), *wrong,
              wrong - labels.begin(), n_classes - 1);
}

}  // namespace cgan_jit::io
