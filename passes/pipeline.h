#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "ir/graph.h"
#include "ir/target.h"
#include "passes/program.h"

namespace cgan_jit {

/// A pass, or a part of one that can be left out alone.
struct Pass {
  std::string_view name;
  std::string_view what;                       // in a sentence's words
  std::string_view from, to;                   // what it maps to what
  bool optional = true;                        // may be switched off by name
  std::string_view part_of;                    // empty: a pass of its own
  Graph (*transform)(const Graph&) = nullptr;  // of a graph to a graph; the others need the pipeline
};

/// All of them, in the order in which they run; a part stands behind its pass. Whatever lists, times, dumps,
/// stops at or switches off passes reads this.
std::span<const Pass> all_passes();
/// Throws Error when none is called so.
const Pass& pass_named(std::string_view name);

struct PipelineOptions {
  std::set<std::string> disabled;  // names of optional passes and parts
  bool fused_updates = false;  // without fuse, or fuse-elementwise: each param's update is still one kernel
  Target target;
};

/// Called after each pass with its name, the seconds it took and its result as text (made only when asked
/// for).
using PassObserver =
    std::function<void(std::string_view pass, double seconds, const std::function<std::string()>& dump)>;

/// The passes from graph to graph, up to and including `stop_after` ("" = all of them); each result is
/// verified.
Graph run_graph_passes(const Graph& graph, const PipelineOptions& options, const PassObserver& observer = {},
                       std::string_view stop_after = "");

/// All passes. Every graph and every kernel's loops are verified.
LoweredProgram lower_program(const Graph& graph, const PipelineOptions& options,
                             const PassObserver& observer = {});

}  // namespace cgan_jit
