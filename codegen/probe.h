#pragma once

#include "ir/loops.h"
#include "ir/target.h"

namespace cgan_jit {

/// A kernel that does nothing but independent chains of fma in registers: what it reaches is the machine's
/// peak. Its only buffer, f32, takes each unit's result.
struct FmaProbe {
  loop::Kernel kernel;
  double flops_per_unit = 0;
};
FmaProbe fma_probe(const Target& target, int threads);

}  // namespace cgan_jit
