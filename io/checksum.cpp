#include "io/checksum.h"

#include <zlib.h>

namespace cgan_jit::io {

uint32_t crc32(std::span<const std::byte> bytes, uint32_t before) {
  if (bytes.empty()) return before;  // zlib begins anew when it is given no address
  return static_cast<uint32_t>(crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace cgan_jit::io
