#pragma once

#include "ir/target.h"
#include "passes/lower/values.h"

namespace cgan_jit {

/// What writes one kernel: whoever fills a part of it writes with these.
struct KernelContext {
  const FusedGraph& fused;
  const Graph& graph;
  const FusedKernel& kernel;
  const Storage& storage;
  const Target& target;
  loop::KernelWriter& code;
  KernelMemory& memory;
  ValueLowering& values;
};

}  // namespace cgan_jit
