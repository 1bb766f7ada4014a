#pragma once

#include <string>

#include "passes/fuse/kernels.h"

namespace cgan_jit {

/// What a kernel computes, for people: its anchor and the param that it reads or updates, then what was fused
/// behind it, "forward generator.model.8 + sums + leaky_relu", "param gradient generator.model.8 + 3
/// updates".
std::string kernel_name(const FusedGraph& fused, int kernel);

}  // namespace cgan_jit
