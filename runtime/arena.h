#pragma once

#include <cstddef>
#include <cstdint>

namespace cgan_jit {

/// Zeroed memory from the system, 2 MiB-aligned with huge pages advised when it is large, else 64-byte
/// aligned. Move-only.
class Arena {
 public:
  Arena() = default;
  explicit Arena(int64_t bytes);  // throws std::runtime_error when the system has none left
  ~Arena();
  Arena(Arena&& other) noexcept;
  Arena& operator=(Arena&& other) noexcept;

  std::byte* data() const { return data_; }
  int64_t bytes() const { return bytes_; }

 private:
  std::byte* data_ = nullptr;
  int64_t bytes_ = 0;
  int64_t mapped_ = 0;
};

}  // namespace cgan_jit
