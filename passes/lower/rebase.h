#pragma once

#include "passes/program.h"

namespace cgan_jit {

/// The same kernel over buffers that begin where it begins to touch them and end where it ends, in steps of
/// 64 elements: kernels that do the same elsewhere, as the steps of an unrolled loop do, get the same text,
/// and so one machine code.
LoweredKernel rebased(LoweredKernel kernel);

}  // namespace cgan_jit
