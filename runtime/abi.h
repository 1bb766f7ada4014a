#pragma once

#include <cstdint>

namespace cgan_jit {

/// A compiled kernel: runs units first .. last - 1. `buffers` are in the order of the kernel's buffer list;
/// `scratch` is the calling thread's, 64-byte aligned.
using KernelFn = void (*)(void* const* buffers, void* scratch, int64_t first, int64_t last);

}  // namespace cgan_jit
