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

/// A kernel that only moves data, as a step's kernels do. Its buffers are f32; a unit works on its own part
/// of each.
struct StreamProbe {
  loop::Kernel kernel;
  double bytes_per_unit = 0;  // read and written
};
/// Streams that lie apart, `floats` of each a unit.
enum class Stream : uint8_t { read, read_ahead, update, update_ahead };
/// read: one stream is summed; update: three are read, changed and written, as an optimiser does with a param
/// and its moments; _ahead: what comes is fetched before it is needed. `floats` is a multiple of 64.
StreamProbe stream_probe(Stream stream, int threads, int64_t floats);

}  // namespace cgan_jit
