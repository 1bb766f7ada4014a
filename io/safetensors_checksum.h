#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "io/safetensors.h"

namespace cgan_jit::io {

/// The metadata entry that a checksum can stand in: it is left out of the sum.
constexpr const char* checksum_key = "checksum";

/// CRC-32 of all that a file says: its metadata, and of each tensor name, type, shape and data, in the order
/// of the names. The same however a program arranges the file.
uint32_t checksum(const std::vector<TensorSource>& tensors,
                  const std::map<std::string, std::string>& metadata);
uint32_t checksum(const SafetensorsView& file);

}  // namespace cgan_jit::io
