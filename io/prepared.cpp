#include "io/prepared.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "io/file.h"

namespace cgan_jit::io {
namespace {

constexpr size_t header_bytes = 64;  // so that the pixels are aligned as a cache line is

/// The first 64 bytes of a prepared file; pixels, labels and the source's description follow.
struct Header {
  char magic[16] = "cgan_jit data 1";
  int64_t count = 0, size = 0, source_bytes = 0;
  uint64_t crc = 0;  // CRC-32 of all that follows the header
  char reserved[16] = {};
};
static_assert(sizeof(Header) == header_bytes);

uint64_t crc_of(std::span<const std::byte> bytes, uint64_t before = 0) {
  return crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
}

std::span<const std::byte> bytes_of(const auto& container) { return std::as_bytes(std::span(container)); }

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
  return body + header.source_bytes == static_cast<int64_t>(bytes.size() - header_bytes);
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
  if (bytes.size() < header_bytes) return Found::damaged;
  std::memcpy(&header, bytes.data(), header_bytes);
  if (!fits(header, bytes) || crc_of(bytes.subspan(header_bytes)) != header.crc) return Found::damaged;
  const auto stored = bytes.last(static_cast<size_t>(header.source_bytes));
  const bool same =
      stored.size() == source.size() && std::memcmp(stored.data(), source.data(), source.size()) == 0;
  return same ? Found::good : Found::other_source;
}

std::optional<PreparedSet> load(const std::filesystem::path& file, const std::string& source,
                                const Warn& warn) {
  if (!std::filesystem::exists(file)) return {};
  expect_own_folder(file.parent_path());
  auto mapped = std::make_shared<MappedFile>(file);
  Header header;
  switch (inspect(mapped->bytes(), header, source)) {
    case Found::good:
      return view(header, std::move(mapped));
    case Found::other_source:
      return {};
    case Found::damaged:
      warn(fmt::format("{}: damaged; it is made anew", file.string()));
      return {};
  }
  return {};
}

PreparedSet make(const SplitFiles& files, int size) {
  struct Memory {
    std::vector<uint8_t> pixels, labels;
  };
  ImageSet set = read_split(files);
  auto memory = std::make_shared<Memory>();
  memory->pixels = resize_bilinear(set.pixels, {set.rows, set.cols}, {size, size});
  memory->labels = std::move(set.labels);
  return {set.count, size, memory->pixels, memory->labels, memory};
}

void keep(const std::filesystem::path& file, const PreparedSet& set, const std::string& source) {
  make_folder(file.parent_path());
  expect_own_folder(file.parent_path());
  Header header;
  header.count = set.count;
  header.size = set.size;
  header.source_bytes = static_cast<int64_t>(source.size());
  header.crc = crc_of(bytes_of(source), crc_of(bytes_of(set.labels), crc_of(bytes_of(set.pixels))));
  write_parts(file, {std::as_bytes(std::span(&header, 1)), bytes_of(set.pixels), bytes_of(set.labels),
                     bytes_of(source)});
}

/// What `use` gives, or nothing, with a warning: a cache is a help, never a need.
template <typename Use>
auto or_without_cache(const Warn& warn, Use&& use) -> decltype(use()) {
  try {
    return use();
  } catch (const Error& error) { warn(fmt::format("{}; going on without this cache", error.what())); }
  return decltype(use())();
}

}  // namespace

PreparedSet prepare(const SplitFiles& files, int size, const std::filesystem::path& cache_dir,
                    const Warn& warn) {
  const std::string source = describe(files, size);
  if (cache_dir.empty()) return make(files, size);

  const std::filesystem::path file = cached_file(cache_dir, source);
  const auto cached = or_without_cache(warn, [&] { return load(file, source, warn); });
  if (cached) return *cached;
  PreparedSet set = make(files, size);
  or_without_cache(warn, [&] { return keep(file, set, source); });
  return set;
}

}  // namespace cgan_jit::io
