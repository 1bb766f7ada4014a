#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "ir/loops.h"

namespace cgan_jit {

/// A part of the memory that outlives kernels.
struct Root {
  enum class Kind : uint8_t { input, param, temporary, output } kind = Kind::temporary;
  std::string name;  // of inputs, params and outputs
  Type type;
  Layout layout;
  int64_t bytes = 0;          // with padding, rounded up to 64 for all but inputs
  int64_t arena_offset = -1;  // temporaries and outputs: where they are in the arena
};

/// One kernel of a compiled program: its loops, what its buffers are (indices into roots), and where in them
/// they start.
struct LoweredKernel {
  std::string name;  // for people: what it computes
  std::vector<Value> nodes;
  loop::Kernel loops;
  std::vector<int> buffers;
  std::vector<int64_t> starts;  // bytes, of each buffer
};

/// A kernel's place in a phase. A chain is a kernel and those after it that run `with_previous`: over the
/// same panels, panel by panel, so that a thread needs no barrier between them; unit 0 is panel
/// `first_panel`.
struct PlannedCall {
  int kernel = 0;  // into LoweredProgram::kernels
  bool with_previous = false;
  int64_t first_panel = 0;
};

/// What runs between two barriers.
struct PlannedPhase {
  std::vector<PlannedCall> calls;
};

struct MemoryReport {
  int64_t unplanned = 0, planned = 0, lower_bound = 0;  // bytes of the temporaries
};

/// Everything that the machine code generator and the runtime need, as data.
struct LoweredProgram {
  Graph graph;  // as the interpreter must run it to get the same bits
  std::vector<Root> roots;
  std::vector<LoweredKernel> kernels;
  std::vector<PlannedPhase> phases;
  int64_t arena_bytes = 0;
  MemoryReport memory;
};

}  // namespace cgan_jit
