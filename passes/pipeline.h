#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"
#include "ir/loops.h"
#include "ir/target.h"
#include "passes/layout.h"

namespace cgan_jit {

/// The passes, in order. The optional ones may be switched off by name.
struct PassInfo {
  const char* name;
  bool optional;
  const char* what;
};
constexpr PassInfo pass_list[] = {
    {"simplify", true, "folding, algebra, equal and dead nodes, dead columns"},
    {"contract", true, "recognise sums of products"},
    {"stack", true, "contractions of equal weight become one"},
    {"layout", true, "where each axis lies in memory"},
    {"fuse", true, "cut the graph into kernels"},
    {"schedule", true, "order kernels, form phases between barriers"},
    {"lower", false, "kernels to loops"},
    {"plan", true, "pack the temporaries into one arena"},
};
/// Parts of passes that may be switched off by name, too.
constexpr PassInfo part_list[] = {
    {"fuse-elementwise", true, "nodes join those they read, where no tile is computed"},
    {"fuse-tiles", true, "nodes join the contraction whose block they read"},
    {"fuse-optimiser", true, "what updates a param joins the kernel that makes its gradient"},
};

struct PipelineOptions {
  std::set<std::string> disabled;  // names from pass_list and part_list
  bool fused_updates = false;  // without fuse, or fuse-elementwise: each param's update is still one kernel
  Target target;
};

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

/// Called after each pass with its name, the seconds it took and its result as text (made only when asked
/// for).
using PassObserver =
    std::function<void(std::string_view pass, double seconds, const std::function<std::string()>& dump)>;

/// The graph passes up to and including `stop_after` ("" = all up to layout); each result is verified.
Graph run_graph_passes(const Graph& graph, const PipelineOptions& options, const PassObserver& observer = {},
                       std::string_view stop_after = "");

/// All passes. Every graph and every kernel's loops are verified.
LoweredProgram lower_program(const Graph& graph, const PipelineOptions& options,
                             const PassObserver& observer = {});

}  // namespace cgan_jit
