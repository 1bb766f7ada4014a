#pragma once

#include <cstdint>
#include <string>

namespace cgan_jit {

/// The machine that kernels are made for. It decides tiles, blocks and unrolling, never the arithmetic.
struct Target {
  std::string cpu;       // LLVM's name: "x86-64-v3", "znver4", ...
  std::string features;  // LLVM's feature string: "+avx2,+fma,..."; canonical order
  int vector_registers = 16;
  int vector_floats = 8;  // floats in one register: 8 or 16
  int64_t l1_bytes = 32 << 10;
  int64_t l2_bytes = 512 << 10;
  bool operator==(const Target&) const = default;
};

}  // namespace cgan_jit
