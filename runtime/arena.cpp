#include "runtime/arena.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace cgan_jit {

namespace {

constexpr int64_t huge_page = 2 << 20;
constexpr int64_t line = 64;

int64_t rounded_up(int64_t bytes, int64_t to) { return (bytes + to - 1) / to * to; }

/// One huge page more than asked for, then what lies outside the aligned part is given back.
std::byte* map_aligned(int64_t bytes) {
  const auto size = static_cast<size_t>(bytes + huge_page);
  void* mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto* begin = static_cast<std::byte*>(mapped);
  const int64_t before =
      rounded_up(reinterpret_cast<int64_t>(begin), huge_page) - reinterpret_cast<int64_t>(begin);
  if (before > 0) ::munmap(begin, static_cast<size_t>(before));
  if (before < huge_page) ::munmap(begin + before + bytes, static_cast<size_t>(huge_page - before));
  ::madvise(begin + before, static_cast<size_t>(bytes), MADV_HUGEPAGE);
  return begin + before;
}

std::byte* allocate_zeroed(int64_t bytes) {
  void* memory = std::aligned_alloc(line, static_cast<size_t>(bytes));
  return memory ? static_cast<std::byte*>(std::memset(memory, 0, static_cast<size_t>(bytes))) : nullptr;
}

}  // namespace

Arena::Arena(int64_t bytes) : bytes_(bytes) {
  if (bytes <= 0) return;
  const bool large = bytes >= huge_page;
  mapped_ = large ? rounded_up(bytes, huge_page) : 0;
  data_ = large ? map_aligned(mapped_) : allocate_zeroed(rounded_up(bytes, line));
  if (!data_) throw std::runtime_error(fmt::format("the system has no {} MB of memory left", bytes >> 20));
}

Arena::~Arena() {
  if (mapped_ > 0)
    ::munmap(data_, static_cast<size_t>(mapped_));
  else
    std::free(data_);
}

Arena::Arena(Arena&& other) noexcept { *this = std::move(other); }

Arena& Arena::operator=(Arena&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  std::swap(mapped_, other.mapped_);
  return *this;
}

}  // namespace cgan_jit
