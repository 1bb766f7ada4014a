#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// A fuzz target: takes any bytes; what they must not do ends the process (`broken`, or a sanitizer). Returns
/// 0, or -1 for bytes that are not worth keeping.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace cgan_jit::fuzz {

/// Says which law the input breaks, and aborts.
[[noreturn]] void broken(const std::string& law);

}  // namespace cgan_jit::fuzz
