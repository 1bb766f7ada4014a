#include "io/prepared.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <optional>

#include "io/file.h"

namespace cgan_jit::io {
namespace {

constexpr size_t header_bytes = 64;  // so that the pixels are aligned as a cache line is
constexpr uintmax_t cache_limit_bytes = uintmax_t{512} << 20;
constexpr int64_t slice_bytes = 256 << 10;  // at either size: both stay in a second-level cache

/// The first 64 bytes of a prepared file; pixels, labels, the source's description and a checksum follow.
struct Header {
  char magic[16] = "cgan_jit data 2";
  int64_t count = 0, size = 0, source_bytes = 0;
  char reserved[24] = {};
};
static_assert(sizeof(Header) == header_bytes);

using Checksum = uint64_t;  // CRC-32 of all that stands before it

Checksum crc_of(std::span<const std::byte> bytes, Checksum before = 0) {
  return crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
}

std::span<const std::byte> bytes_of(const auto& container) { return std::as_bytes(std::span(container)); }
std::span<const std::byte> bytes_of_value(const auto& value) { return std::as_bytes(std::span(&value, 1)); }

std::string describe(const std::filesystem::path& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) throw Error("{}: {}", file.string(), std::strerror(errno));
  return fmt::format("{} {} {}.{:09}\n", std::filesystem::absolute(file).string(), info.st_size,
                     info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

std::string describe(const SplitFiles& files, int size) {
  return fmt::format("{}{}{}\n", describe(files.images), describe(files.labels), size);
}

std::filesystem::path cached_file(const std::filesystem::path& cache_dir, const std::string& source) {
  return cache_dir / "data" / fmt::format("{:08x}.bin", crc_of(bytes_of(source)));
}

bool fits(const Header& header, std::span<const std::byte> bytes) {
  if (std::memcmp(header.magic, Header{}.magic, sizeof header.magic) != 0) return false;
  if (header.count <= 0 || header.size <= 0 || header.source_bytes < 0) return false;
  constexpr int64_t most = int64_t{1} << 20;
  if (header.size > most || header.count > (int64_t{1} << 40) / header.size / header.size) return false;
  const int64_t body = header.count * (header.size * header.size + 1);
  return body + header.source_bytes == static_cast<int64_t>(bytes.size() - header_bytes - sizeof(Checksum));
}

PreparedSet view(const Header& header, std::shared_ptr<const MappedFile> mapped) {
  const auto count = static_cast<size_t>(header.count), pixels = count * header.size * header.size;
  const std::span data(reinterpret_cast<const uint8_t*>(mapped->bytes().data()), mapped->bytes().size());
  return {header.count, static_cast<int>(header.size), data.subspan(header_bytes, pixels),
          data.subspan(header_bytes + pixels, count), std::move(mapped)};
}

// What lies in a folder of somebody else's may change under our feet.
void expect_own_folder(const std::filesystem::path& folder) {
  struct stat info {};
  if (stat(folder.c_str(), &info) != 0) throw WriteError("{}: {}", folder.string(), std::strerror(errno));
  if (info.st_uid != geteuid()) throw WriteError("{}: belongs to another user", folder.string());
  if ((info.st_mode & 0077) != 0 && chmod(folder.c_str(), 0700) != 0) {
    throw WriteError("{}: {}", folder.string(), std::strerror(errno));
  }
}

enum class Found { good, other_source, damaged };

Found inspect(std::span<const std::byte> bytes, Header& header, const std::string& source) {
  if (bytes.size() < header_bytes + sizeof(Checksum)) return Found::damaged;
  const auto checked = bytes.first(bytes.size() - sizeof(Checksum));
  Checksum checksum = 0;
  std::memcpy(&header, bytes.data(), header_bytes);
  std::memcpy(&checksum, checked.data() + checked.size(), sizeof checksum);
  if (!fits(header, bytes) || crc_of(checked) != checksum) return Found::damaged;
  const auto stored = checked.last(static_cast<size_t>(header.source_bytes));
  const bool same =
      stored.size() == source.size() && std::memcmp(stored.data(), source.data(), source.size()) == 0;
  return same ? Found::good : Found::other_source;
}

/// Its time of change tells prune() when a file was used last.
void mark_as_used(const std::filesystem::path& file) {
  std::error_code ignored;
  std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now(), ignored);
}

/// Removes files beside `kept`, those first that were used longest ago, until all fit the limit. Whoever has
/// one mapped keeps it; what cannot be removed stays.
void prune(const std::filesystem::path& kept) {
  struct Entry {
    std::filesystem::file_time_type used;
    std::filesystem::path path;
    uintmax_t bytes;
  };
  std::vector<Entry> others;
  std::error_code gone;  // another process prunes, too
  uintmax_t bytes = std::filesystem::file_size(kept, gone);
  std::filesystem::directory_iterator file(kept.parent_path(), gone);
  for (; file != std::filesystem::directory_iterator(); file.increment(gone)) {
    if (file->path() != kept)
      others.push_back({file->last_write_time(gone), file->path(), file->file_size(gone)});
  }
  std::ranges::sort(others, std::greater{}, &Entry::used);
  for (const Entry& other : others) {
    bytes += other.bytes;
    if (bytes > cache_limit_bytes) std::filesystem::remove(other.path, gone);
  }
}

std::optional<PreparedSet> load(const std::filesystem::path& file, const std::string& source,
                                const Warn& warn) {
  std::error_code unreachable;  // which writing will tell of
  if (!std::filesystem::exists(file, unreachable)) return {};
  expect_own_folder(file.parent_path());
  auto mapped = std::make_shared<MappedFile>(file);
  Header header;
  switch (inspect(mapped->bytes(), header, source)) {
    case Found::good:
      mark_as_used(file);
      return view(header, std::move(mapped));
    case Found::other_source:
      return {};
    case Found::damaged:
      warn(fmt::format("{}: damaged or of another version; it is made anew", file.string()));
      return {};
  }
  return {};
}

/// A split's pictures, resized, a slice at a time.
class Slices {
 public:
  Slices(const SplitFiles& files, int size)
      : split_(open_split(files)),
        resizer_({split_.images.rows(), split_.images.cols()}, {size, size}),
        pictures_(
            pictures_of_slice(int64_t{split_.images.rows()} * split_.images.cols(), int64_t{size} * size)) {}

  int64_t count() const { return split_.images.count(); }
  const std::vector<uint8_t>& labels() const { return split_.labels; }

  /// Empty at the end; else [some pictures][size][size], valid until the next call.
  std::span<const uint8_t> next() {
    if (split_.images.left() == 0) return {};
    split_.images.read(std::min(split_.images.left(), pictures_), pixels_);
    resizer_.resize(pixels_, resized_);
    return resized_;
  }

 private:
  static int64_t pictures_of_slice(int64_t in_pixels, int64_t out_pixels) {
    const int64_t most = slice_bytes / std::max(in_pixels, out_pixels);
    return std::max<int64_t>(most / Resizer::at_once, 1) * Resizer::at_once;
  }

  OpenSplit split_;
  Resizer resizer_;
  int64_t pictures_;
  std::vector<uint8_t> pixels_, resized_;
};

PreparedSet make_in_memory(const SplitFiles& files, int size) {
  struct Memory {
    std::vector<uint8_t> pixels, labels;
  };
  Slices slices(files, size);
  auto memory = std::make_shared<Memory>();
  memory->pixels.reserve(static_cast<size_t>(slices.count() * size * size));
  for (auto slice = slices.next(); !slice.empty(); slice = slices.next())
    memory->pixels.insert(memory->pixels.end(), slice.begin(), slice.end());
  memory->labels = slices.labels();
  return {slices.count(), size, memory->pixels, memory->labels, memory};
}

/// A file whose last bytes are the checksum of the others.
class CheckedFile {
 public:
  explicit CheckedFile(const std::filesystem::path& path) : file_(path) {}

  void write(std::span<const std::byte> bytes) {
    crc_ = crc_of(bytes, crc_);
    file_.write(bytes);
  }

  std::shared_ptr<const MappedFile> finish() {
    file_.write(bytes_of_value(crc_));
    auto mapped = std::make_shared<MappedFile>(file_.map());
    file_.publish();
    return mapped;
  }

 private:
  NewFile file_;
  Checksum crc_ = 0;
};

PreparedSet make_in_cache(const std::filesystem::path& path, const SplitFiles& files, int size,
                          const std::string& source) {
  Slices slices(files, size);
  Header header;
  header.count = slices.count();
  header.size = size;
  header.source_bytes = static_cast<int64_t>(source.size());

  make_folder(path.parent_path());
  expect_own_folder(path.parent_path());
  CheckedFile file(path);
  file.write(bytes_of_value(header));
  for (auto slice = slices.next(); !slice.empty(); slice = slices.next()) file.write(bytes_of(slice));
  file.write(bytes_of(slices.labels()));
  file.write(bytes_of(source));
  PreparedSet set = view(header, file.finish());
  prune(path);
  return set;
}

/// What `use` gives, or nothing, with a warning, after a `Problem`: a cache is a help, never a need.
template <typename Problem, typename Use>
std::optional<PreparedSet> or_without_cache(const Warn& warn, Use&& use) {
  try {
    return use();
  } catch (const Problem& problem) { warn(fmt::format("{}; going on without this cache", problem.what())); }
  return {};
}

}  // namespace

PreparedSet prepare(const SplitFiles& files, int size, const std::filesystem::path& cache_dir,
                    const Warn& warn) {
  const std::string source = describe(files, size);
  if (cache_dir.empty()) return make_in_memory(files, size);

  const std::filesystem::path file = cached_file(cache_dir, source);
  auto set = or_without_cache<Error>(warn, [&] { return load(file, source, warn); });
  if (!set)
    set = or_without_cache<WriteError>(warn, [&] { return make_in_cache(file, files, size, source); });
  return set ? *set : make_in_memory(files, size);
}

}  // namespace cgan_jit::io
