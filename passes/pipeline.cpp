#include "passes/pipeline.h"

#include <algorithm>
#include <chrono>

#include "ir/integer.h"
#include "ir/standard_floats.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/contract.h"
#include "passes/empties.h"
#include "passes/lower.h"
#include "passes/plan.h"
#include "passes/schedule.h"
#include "passes/shallow.h"
#include "passes/simplify.h"
#include "passes/stack.h"
#include "passes/storage.h"

namespace cgan_jit {
namespace {

/// Runs passes one after the other, times them and tells the observer.
class Conductor {
 public:
  Conductor(const PipelineOptions& options, const PassObserver& observer)
      : options_(options), observer_(observer) {
    for (const std::string& name : options.disabled) {
      const auto is_it = [&](const PassInfo& pass) { return name == pass.name; };
      if (std::any_of(std::begin(part_list), std::end(part_list), is_it)) continue;
      const auto known = std::find_if(std::begin(pass_list), std::end(pass_list), is_it);
      if (known == std::end(pass_list)) throw Error("no pass is named '{}'", name);
      if (!known->optional) throw Error("pass '{}' cannot be switched off", name);
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

  Graph run_graph(std::string_view pass, const Graph& graph, Graph (*function)(const Graph&)) const {
    if (!enabled(pass)) return graph;
    Graph result = run<Graph>(
        pass, [&] { return function(graph); }, [](const Graph& g) { return print(g); });
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

Graph run_graph_passes(const Graph& graph, const PipelineOptions& options, const PassObserver& observer,
                       std::string_view stop_after) {
  const StandardFloats standard;
  const Conductor conductor(options, observer);
  verify(graph);
  Graph result = without_empties(graph);
  const std::pair<std::string_view, Graph (*)(const Graph&)> passes[] = {
      {"simplify", simplify}, {"contract", contract}, {"stack", stack}};
  for (const auto& [name, function] : passes) {
    result = conductor.run_graph(name, result, function);
    if (name == stop_after) return result;
  }
  if (!conductor.enabled("layout")) return result;
  result = conductor.run<Graph>(
      "layout", [&] { return assign_layouts(result); }, [](const Graph& g) { return print(g); });
  verify(result);
  return result;
}

LoweredProgram lower_program(const Graph& graph, const PipelineOptions& options,
                             const PassObserver& observer) {
  const StandardFloats standard;
  const Conductor conductor(options, observer);
  LoweredProgram program;
  program.graph = without_long_chains(run_graph_passes(graph, options, observer));
  verify(program.graph);
  Fusion fusion{conductor.enabled("fuse-elementwise"), conductor.enabled("fuse-tiles"),
                conductor.enabled("fuse-optimiser"), options.fused_updates};
  if (!conductor.enabled("fuse")) fusion = {false, false, false, options.fused_updates};
  const FusedGraph fused = conductor.run<FusedGraph>(
      "fuse", [&] { return fuse(program.graph, fusion); }, [](const FusedGraph& f) { return print(f); });
  const Storage storage = assign_storage(fused);
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
