#include "os/descriptor.h"

#include <unistd.h>

#include <cerrno>

namespace cgan_jit::os {

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

bool write_all(const Descriptor& file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(*file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return true;
}

bool read_all(const Descriptor& file, std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = read(*file, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) errno = 0;
    if (got <= 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(got));
  }
  return true;
}

}  // namespace cgan_jit::os
