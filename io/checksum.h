#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace cgan_jit::io {

/// The CRC-32 of zlib and PNG: of `bytes`, behind those of which `before` is the checksum.
uint32_t crc32(std::span<const std::byte> bytes, uint32_t before = 0);

}  // namespace cgan_jit::io
