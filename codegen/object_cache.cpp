#include "codegen/object_cache.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>

#include "ir/error.h"

namespace cgan_jit {

namespace {

constexpr size_t key_letters = 64, longest_object = 64 << 20;
constexpr std::string_view suffix = ".o";

/// What a file begins with; the object follows.
struct Header {
  std::array<char, 8> magic = {'C', 'G', 'J', 'O', 'B', 'J', '0', '1'};
  std::array<char, key_letters> key = {};
  uint64_t length = 0;
  uint64_t checksum = 0;
  bool operator==(const Header&) const = default;
};

/// FNV-1a over words of eight bytes, the last one filled with zeros. Finds damage; no defence against
/// forgery.
uint64_t checksum_of(const std::string& bytes) {
  uint64_t sum = 0xcbf29ce484222325;
  for (size_t at = 0; at < bytes.size(); at += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min(sizeof(word), bytes.size() - at));
    sum = (sum ^ word) * 0x100000001b3;
    sum ^= sum >> 32;
  }
  return sum;
}

Header header_of(const std::string& key, const std::string& object) {
  Header header;
  check(key.size() == header.key.size(), "a cache key has {} characters", key.size());
  std::copy(key.begin(), key.end(), header.key.begin());
  header.length = object.size();
  header.checksum = checksum_of(object);
  return header;
}

void warn(const std::string& text) { std::fputs(("warning: " + text + "\n").c_str(), stderr); }

bool is_object_name(std::string_view name) {
  return name.size() == key_letters + suffix.size() && name.ends_with(suffix) &&
         name.find_first_not_of("0123456789abcdef") == key_letters;
}

std::optional<std::string> read_some(const os::Descriptor& file) {
  struct stat status {};
  if (::fstat(*file, &status) != 0 || status.st_size > static_cast<off_t>(longest_object))
    return std::nullopt;
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  if (!os::read_all(file, std::as_writable_bytes(std::span(bytes)))) return std::nullopt;
  return bytes;
}

}  // namespace

ObjectCache::ObjectCache(const std::string& dir) {
  if (dir.empty()) return;
  try {
    folder_.emplace(dir);
  } catch (const Error& error) { warn(fmt::format("{}; compiled kernels are not kept", error.what())); }
}

std::optional<std::string> ObjectCache::read(const std::string& key) const {
  const std::string name = fmt::format("{}{}", key, suffix);
  const os::Descriptor file = folder_->open(name);
  if (!file) return std::nullopt;
  std::optional<std::string> bytes = read_some(file);
  Header header;
  if (bytes && bytes->size() >= sizeof(Header)) {
    std::memcpy(&header, bytes->data(), sizeof(Header));
    bytes->erase(0, sizeof(Header));
    if (header == header_of(key, *bytes)) return bytes;
  }
  throw Error("{}: damaged", (folder_->path() / name).string());
}

std::optional<std::string> ObjectCache::load(const std::string& key) {
  if (!folder_) return std::nullopt;
  try {
    return read(key);
  } catch (const Error& error) {
    if (!std::exchange(told_of_object_, true))
      warn(fmt::format("{}; such kernels are compiled again", error.what()));
  }
  return std::nullopt;
}

void ObjectCache::store(const std::string& key, const std::string& object) {
  if (!folder_) return;
  const Header header = header_of(key, object);
  try {
    os::Replacement file = folder_->create(fmt::format("{}{}", key, suffix));
    file.write(std::as_bytes(std::span(&header, 1)));
    file.write(std::as_bytes(std::span(object)));
    file.publish();
  } catch (const os::WriteError& error) {
    if (!std::exchange(told_of_writing_, true))
      warn(fmt::format("{}; compiled kernels are not kept", error.what()));
  }
}

void ObjectCache::prune(uintmax_t bytes) const {
  if (folder_) folder_->prune(is_object_name, bytes);
}

}  // namespace cgan_jit
