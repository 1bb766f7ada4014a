#include "passes/pipeline.h"

#include <algorithm>
#include <chrono>

#include "ir/integer.h"
#include "ir/standard_floats.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/fuse/fuse.h"
#include "passes/graph/shallow.h"
#include "passes/layout/layout.h"
#include "passes/lower/lower.h"
#include "passes/memory/plan.h"
#include "passes/memory/schedule.h"
#include "passes/memory/storage.h"
#include "passes/products/contract.h"
#include "passes/products/distribute.h"
#include "passes/products/stack.h"
#include "passes/simplify/empties.h"
#include "passes/simplify/simplify.h"

namespace cgan_jit {
namespace {

constexpr Pass passes[] = {
    {"empties", "what has no elements, or reads none, becomes a constant", "graph", "graph", false, "",
     without_empties},
    {"simplify", "folding, algebra, equal and dead nodes, dead columns", "graph", "graph", true, "",
     simplify},
    {"contract", "recognise sums of products", "graph", "graph", true, "", contract},
    {"distribute", "what one factor does not see is summed up before", "graph", "graph", true, "",
     distribute},
    {"stack", "contractions that share an operand become one", "graph", "graph", true, "", stack},
    {"layout", "where each axis lies in memory", "graph", "graph", true, "", assign_layouts},
    {"shallow", "a copy where too many views follow each other", "graph", "graph", false, "",
     without_long_chains},
    {"fuse", "cut the graph into kernels", "graph", "kernels"},
    {"fuse-elementwise", "nodes join those they read, where no tile is computed", "graph", "kernels", true,
     "fuse"},
    {"fuse-tiles", "nodes join the contraction whose block they read", "graph", "kernels", true, "fuse"},
    {"fuse-optimiser", "what updates a param joins the kernel that makes its gradient", "graph", "kernels",
     true, "fuse"},
    {"storage", "where each stored value lies: in a root of its own, a concat, a param", "kernels", "places",
     false},
    {"schedule", "order kernels, form phases between barriers", "kernels", "phases"},
    {"lower", "write each kernel's loops", "kernels", "loops", false},
    {"plan", "pack the temporaries into one arena", "places", "arena"},
};

/// Runs passes one after the other, times them and tells the observer.
class Conductor {
 public:
  Conductor(const PipelineOptions& options, const PassObserver& observer)
      : options_(options), observer_(observer) {
    for (const std::string& name : options.disabled) {
      if (!pass_named(name).optional) throw Error("pass '{}' cannot be switched off", name);
    }
  }

  bool enabled(std::string_view pass) const { return options_.disabled.count(std::string(pass)) == 0; }

  template <typename Result, typename Work, typename Dump>
  Result run(std::string_view pass, Work work, Dump dump) const {
    const auto start = std::chrono::steady_clock::now();
    Result result = work();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (observer_) observer_(pass, seconds, [&] { return dump(result); });
    return result;
  }

  Graph run_transform(const Pass& pass, const Graph& graph) const {
    if (!enabled(pass.name)) return graph;
    Graph result = run<Graph>(
        pass.name, [&] { return pass.transform(graph); }, [](const Graph& g) { return print(g); });
    verify(result);
    return result;
  }

 private:
  const PipelineOptions& options_;
  const PassObserver& observer_;
};

std::string dump_kernels(const std::vector<LoweredKernel>& kernels) {
  std::string text;
  for (const LoweredKernel& kernel : kernels)
    text += fmt::format("# {}\n{}\n", kernel.name, loop::print(kernel.loops));
  return text;
}

std::string dump_phases(const std::vector<PlannedPhase>& phases) {
  std::string text;
  for (size_t i = 0; i < phases.size(); ++i) {
    text += fmt::format("phase {}:", i);
    for (const PlannedCall& call : phases[i].calls)
      text += fmt::format(" {}{}", call.with_previous ? "+ " : "", call.kernel);
    text += "\n";
  }
  return text;
}

void expect_addressable(const std::vector<Root>& roots) {
  constexpr int64_t most_bytes = int64_t{1} << 47;
  int64_t bytes = 0;
  const Root* largest = nullptr;
  for (const Root& root : roots) {
    bytes = saturated_sum(bytes, root.bytes);
    if (!largest || root.bytes > largest->bytes) largest = &root;
  }
  if (bytes > most_bytes)
    throw Error("the program's values take {} bytes of memory; {} {} alone takes {}", bytes, largest->name,
                to_string(largest->type), largest->bytes);
}

}  // namespace

std::span<const Pass> all_passes() { return passes; }

const Pass& pass_named(std::string_view name) {
  const auto found =
      std::find_if(std::begin(passes), std::end(passes), [&](const Pass& pass) { return pass.name == name; });
  if (found == std::end(passes)) throw Error("no pass is named '{}'", name);
  return *found;
}

Graph run_graph_passes(const Graph& graph, const PipelineOptions& options, const PassObserver& observer,
                       std::string_view stop_after) {
  const StandardFloats standard;
  const Conductor conductor(options, observer);
  verify(graph);
  Graph result = graph;
  for (const Pass& pass : passes) {
    if (pass.transform) result = conductor.run_transform(pass, result);
    if (pass.name == stop_after) break;
  }
  return result;
}

LoweredProgram lower_program(const Graph& graph, const PipelineOptions& options,
                             const PassObserver& observer) {
  const StandardFloats standard;
  const Conductor conductor(options, observer);
  LoweredProgram program;
  program.graph = run_graph_passes(graph, options, observer);
  Fusion fusion{conductor.enabled("fuse-elementwise"), conductor.enabled("fuse-tiles"),
                conductor.enabled("fuse-optimiser"), options.fused_updates};
  if (!conductor.enabled("fuse")) fusion = {false, false, false, options.fused_updates};
  const FusedGraph fused = conductor.run<FusedGraph>(
      "fuse", [&] { return fuse(program.graph, fusion); }, [](const FusedGraph& f) { return print(f); });
  const Storage storage = conductor.run<Storage>(
      "storage", [&] { return assign_storage(fused); }, [&](const Storage& s) { return print(s, fused); });
  expect_addressable(storage.roots);
  program.roots = storage.roots;
  program.phases = conductor.run<std::vector<PlannedPhase>>(
      "schedule",
      [&] { return conductor.enabled("schedule") ? schedule(fused, storage) : schedule_one_by_one(storage); },
      dump_phases);
  program.kernels = conductor.run<std::vector<LoweredKernel>>(
      "lower",
      [&] {
        std::vector<LoweredKernel> kernels;
        for (size_t k = 0; k < fused.kernels.size(); ++k)
          kernels.push_back(lower_kernel(fused, storage, static_cast<int>(k), options.target));
        return kernels;
      },
      dump_kernels);
  PlannedPhase last;
  for (const LateCopy& copy : storage.late_copies) {
    last.calls.push_back({static_cast<int>(program.kernels.size())});
    program.kernels.push_back(lower_copy(storage, copy));
  }
  if (!last.calls.empty()) program.phases.push_back(last);
  conductor.run<MemoryReport>(
      "plan",
      [&] {
        conductor.enabled("plan") ? plan(program) : plan_apart(program);
        return program.memory;
      },
      [&](const MemoryReport&) { return print_plan(program); });
  return program;
}

}  // namespace cgan_jit
