#include "io/prepared.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "io/checksum.h"
#include "io/file.h"
#include "os/private_folder.h"

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

std::span<const std::byte> bytes_of(const auto& container) { return std::as_bytes(std::span(container)); }
std::span<const std::byte> bytes_of_value(const auto& value) { return std::as_bytes(std::span(&value, 1)); }

/// A split's files as they are now: other ones may get their names meanwhile.
class Held {
 public:
  explicit Held(const SplitFiles& names)
      : names_(names), images_(hold(names.images)), labels_(hold(names.labels)) {}

  const SplitFiles& names() const { return names_; }
  SplitFiles opened() const { return {name_of(images_), name_of(labels_)}; }

 private:
  static os::Descriptor hold(const std::filesystem::path& file) {
    os::Descriptor opened(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!opened) throw Error("{}: {}", file.string(), std::strerror(errno));
    return opened;
  }
  static std::filesystem::path name_of(const os::Descriptor& file) {
    return fmt::format("/proc/self/fd/{}", *file);
  }

  SplitFiles names_;
  os::Descriptor images_, labels_;
};

/// What a file holds, whatever its name and its times: they do not always tell that it was replaced.
std::string describe(const std::filesystem::path& file, const std::filesystem::path& opened_as) {
  const os::Descriptor opened(open(opened_as.c_str(), O_RDONLY | O_CLOEXEC));
  std::vector<std::byte> buffer(slice_bytes);
  uint32_t crc = 0;
  int64_t bytes = 0;
  ssize_t got = -1;
  while (opened && (got = read(*opened, buffer.data(), buffer.size())) > 0) {
    crc = crc32(std::span(buffer).first(static_cast<size_t>(got)), crc);
    bytes += got;
  }
  if (got < 0) throw Error("{}: {}", file.string(), std::strerror(errno));
  return fmt::format("{} bytes {:08x}\n", bytes, crc);
}

std::string describe(const Held& files, int size) {
  return fmt::format("images {}labels {}{} pixels a side\n",
                     describe(files.names().images, files.opened().images),
                     describe(files.names().labels, files.opened().labels), size);
}

/// 8 digits and an ending.
std::string cached_name(const std::string& source) {
  return fmt::format("{:08x}.bin", crc32(bytes_of(source)));
}
bool is_cached_name(std::string_view name) {
  return name.size() == 12 && name.find_first_not_of("0123456789abcdef") == 8 && name.ends_with(".bin");
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

enum class Found { good, other_source, damaged };

Found inspect(std::span<const std::byte> bytes, Header& header, const std::string& source) {
  if (bytes.size() < header_bytes + sizeof(Checksum)) return Found::damaged;
  const auto checked = bytes.first(bytes.size() - sizeof(Checksum));
  Checksum checksum = 0;
  std::memcpy(&header, bytes.data(), header_bytes);
  std::memcpy(&checksum, checked.data() + checked.size(), sizeof checksum);
  if (!fits(header, bytes) || crc32(checked) != checksum) return Found::damaged;
  const auto stored = checked.last(static_cast<size_t>(header.source_bytes));
  const bool same =
      stored.size() == source.size() && std::memcmp(stored.data(), source.data(), source.size()) == 0;
  return same ? Found::good : Found::other_source;
}

std::optional<PreparedSet> load(const os::PrivateFolder& folder, const std::string& source) {
  const os::Descriptor file = folder.open(cached_name(source));
  if (!file) return {};
  const std::filesystem::path path = folder.path() / cached_name(source);
  auto mapped = std::make_shared<MappedFile>(file, path);
  Header header;
  switch (inspect(mapped->bytes(), header, source)) {
    case Found::good:
      return view(header, std::move(mapped));
    case Found::other_source:
      return {};
    case Found::damaged:
      break;
  }
  throw Error("{}: damaged or of another version", path.string());
}

/// A split's pictures, resized, a slice at a time.
class Slices {
 public:
  Slices(const Held& files, int size)
      : split_(open_split(files.names(), files.opened())),
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

PreparedSet make_in_memory(const Held& files, int size) {
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

/// A file of the cache whose last bytes are the checksum of the others.
class CheckedFile {
 public:
  CheckedFile(const os::PrivateFolder& folder, const std::string& name)
      : path_(folder.path() / name), file_(folder.create(name)) {}

  void write(std::span<const std::byte> bytes) {
    crc_ = crc32(bytes, crc_);
    file_.write(bytes);
  }

  std::shared_ptr<const MappedFile> finish() {
    file_.write(bytes_of_value(Checksum{crc_}));
    try {
      auto mapped = std::make_shared<MappedFile>(file_.descriptor(), path_);
      file_.publish();
      return mapped;
    } catch (const Error& error) { throw WriteError(error.what()); }
  }

 private:
  std::filesystem::path path_;
  os::Replacement file_;
  uint32_t crc_ = 0;
};

PreparedSet make_in_cache(const os::PrivateFolder& folder, const Held& files, int size,
                          const std::string& source) {
  Slices slices(files, size);
  Header header;
  header.count = slices.count();
  header.size = size;
  header.source_bytes = static_cast<int64_t>(source.size());

  CheckedFile file(folder, cached_name(source));
  file.write(bytes_of_value(header));
  for (auto slice = slices.next(); !slice.empty(); slice = slices.next()) file.write(bytes_of(slice));
  file.write(bytes_of(slices.labels()));
  file.write(bytes_of(source));
  if (describe(files, size) != source)
    throw Error("{}: it or its labels changed while they were read", files.names().images.string());
  PreparedSet set = view(header, file.finish());
  folder.prune(is_cached_name, cache_limit_bytes);
  return set;
}

/// What `use` gives, or nothing, with a warning, after a `Problem`: a cache is a help, never a need.
template <typename Problem, typename Use>
auto or_without(const Warn& warn, const char* consequence, Use&& use) -> std::optional<decltype(use())> {
  try {
    return use();
  } catch (const Problem& problem) { warn(fmt::format("{}; {}", problem.what(), consequence)); }
  return {};
}

}  // namespace

PreparedSet prepare(const SplitFiles& names, int size, const std::filesystem::path& cache_dir,
                    const Warn& warn) {
  const Held files(names);
  constexpr const char *without = "going on without this cache", *anew = "it is made anew";
  if (cache_dir.empty()) return make_in_memory(files, size);
  const auto folder =
      or_without<Error>(warn, without, [&] { return os::PrivateFolder(cache_dir).subfolder("data"); });
  if (!folder) return make_in_memory(files, size);

  const std::string source = describe(files, size);
  const auto found = or_without<Error>(warn, anew, [&] { return load(*folder, source); });
  if (found && *found) return **found;
  const auto made =
      or_without<WriteError>(warn, without, [&] { return make_in_cache(*folder, files, size, source); });
  return made ? *made : make_in_memory(files, size);
}

}  // namespace cgan_jit::io
