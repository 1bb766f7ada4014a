#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace cgan_jit::os {

/// An open file or folder, closed when this ends. Move-only.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }

  explicit operator bool() const { return number_ >= 0; }
  int operator*() const { return number_; }

 private:
  int number_ = -1;
};

/// All of them, however many calls that takes. Return false, with errno, when the system takes or gives no
/// more; it is 0 when the file has ended.
bool write_all(const Descriptor& file, std::span<const std::byte> bytes);
bool read_all(const Descriptor& file, std::span<std::byte> bytes);

}  // namespace cgan_jit::os
