#include "cli/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/statistics.h"
#include "ir/graph.h"
#include "ir/overloaded.h"
#include "passes/lower/tiles.h"

namespace cgan_jit::cli {
namespace {

constexpr size_t traced_runs = 5;

double elements(const Graph& graph, Value value) {
  return static_cast<double>(element_count(graph.shape(value)));
}

/// Operations of a node: a multiplication and an addition are two; a function of one element counts one.
double flops_of(const Graph& graph, Value value) {
  const Node& node = graph[value];
  const double size = elements(graph, value);
  return std::visit(
      Overloaded{
          [&](const Contract& op) { return 2 * size * static_cast<double>(element_count(op.summed)); },
          [&](const Map& op) { return op.fn == Fn::fma ? 2 * size : size; },
          [&](const Reduce&) { return elements(graph, node.operands[0]); },
          [&](const Scatter&) { return elements(graph, node.operands[0]); },
          [&](const Deposit&) { return elements(graph, node.operands[1]); },
          [](const OneOf<Input, Param, Const, Iota, Random, Reindex, Gather, Concat, Reshape, Detach> auto&) {
            return 0.0;
          }},
      node.op);
}

/// A kernel's time in one run: its slowest thread's.
double slowest(const std::vector<std::pair<double, double>>& spans) {
  double most = 0;
  for (const auto& [begin, end] : spans) most = std::max(most, end - begin);
  return most;
}

struct KernelRow {
  std::string name;
  double seconds = 0;
  Work work;
  Multiplications products;
};

/// "100.0", or "-" where there are no large sums.
std::string percent_in_tiles(const Multiplications& products) {
  return products.needed > 0 ? fmt::format("{:.1f}", 100 * products.useful() / products.needed) : "-";
}

nlohmann::json event(const std::string& name, const char* kind, size_t thread, double begin, double end) {
  return {{"name", name},
          {"cat", kind},
          {"ph", "X"},
          {"pid", 1},
          {"tid", thread},
          {"ts", begin * 1e6},
          {"dur", (end - begin) * 1e6}};
}

/// One thread's events in one run.
void add_events(nlohmann::json& events, const Runner::Times& times, const LoweredProgram& program,
                size_t thread, double origin) {
  double free = -1;  // since when the thread has waited
  for (size_t phase = 0; phase < times.spans.size(); ++phase) {
    for (size_t call = 0; call < times.spans[phase].size(); ++call) {
      const auto [begin, end] = times.spans[phase][call][thread];
      if (call == 0 && free >= 0)
        events.push_back(event("barrier", "wait", thread, free - origin, begin - origin));
      const int kernel = program.phases[phase].calls[call].kernel;
      events.push_back(event(program.kernels[static_cast<size_t>(kernel)].name, "kernel", thread,
                             begin - origin, end - origin));
      free = end;
    }
  }
}

}  // namespace

// Inputs may be whole data sets of which a kernel reads some rows: no more than it writes is counted.
Work work_of(const LoweredProgram& program, const LoweredKernel& kernel) {
  double flops = 0, written = 0, bytes = 0, footprint = 0;
  for (Value node : kernel.nodes) flops += flops_of(program.graph, node);
  for (const loop::Buffer& buffer : kernel.loops.buffers) {
    if (buffer.written) written += static_cast<double>(buffer.elements * bytes_of(buffer.dtype));
  }
  for (size_t i = 0; i < kernel.buffers.size(); ++i) {
    const loop::Buffer& buffer = kernel.loops.buffers[i];
    const Root& root = program.roots[static_cast<size_t>(kernel.buffers[i])];
    const double size = static_cast<double>(buffer.elements * bytes_of(buffer.dtype));
    const bool updated = root.kind == Root::Kind::param && buffer.written;
    const double touched = root.kind == Root::Kind::input ? std::min(size, written) : size;
    footprint += touched;
    bytes += updated ? 2 * touched : touched;
  }
  return {flops * 1e-9, bytes * 1e-9, footprint};
}

void Profile::add(Runner::Times times) { runs_.push_back(std::move(times)); }

std::string Profile::table(const LoweredProgram& program, const Peaks& peaks, const Target& target) const {
  std::vector<KernelRow> rows;
  double total = 0;
  for (size_t phase = 0; phase < program.phases.size(); ++phase) {
    for (size_t call = 0; call < program.phases[phase].calls.size(); ++call) {
      std::vector<double> seconds;
      for (const Runner::Times& run : runs_) seconds.push_back(slowest(run.spans[phase][call]));
      const LoweredKernel& kernel =
          program.kernels[static_cast<size_t>(program.phases[phase].calls[call].kernel)];
      rows.push_back({kernel.name, median(seconds), work_of(program, kernel),
                      multiplications_of(program.graph, kernel, target)});
      total += rows.back().seconds;
    }
  }
  std::sort(rows.begin(), rows.end(),
            [](const KernelRow& a, const KernelRow& b) { return a.seconds > b.seconds; });
  std::string text = fmt::format("{} steps timed; peaks: {:.1f} GFLOP/s", runs_.size(), peaks.gflops);
  for (const Level& level : peaks.levels) text += fmt::format(", {} {:.1f} GB/s", level.name, level.gbps);
  text += "\n";
  text += fmt::format("{:>9} {:>6} {:>9} {:>8} {:>7} {:>6} {:>7}  {}\n", "us", "step %", "GFLOP/s", "GB/s",
                      "peak %", "binds", "tiles %", "kernel");
  for (const KernelRow& row : rows) {
    const double gflops = row.work.gflop / row.seconds, gbps = row.work.gigabytes / row.seconds;
    const double arithmetic = gflops / peaks.gflops;
    const double memory = peaks.seconds_to_move(row.work.gigabytes, row.work.footprint) / row.seconds;
    text += fmt::format("{:>9.1f} {:>6.1f} {:>9.2f} {:>8.2f} {:>7.1f} {:>6} {:>7}  {}\n", row.seconds * 1e6,
                        100 * row.seconds / total, gflops, gbps, 100 * std::max(arithmetic, memory),
                        arithmetic > memory ? "fma" : peaks.furthest(row.work.footprint),
                        percent_in_tiles(row.products), row.name);
  }
  const Multiplications products = multiplications_of(program, target);
  return text + fmt::format("in tiles: {} % of {:.3f} G multiplications in large sums\n",
                            percent_in_tiles(products), products.needed * 1e-9);
}

std::string Profile::trace(const LoweredProgram& program) const {
  nlohmann::json events = nlohmann::json::array();
  const size_t first = runs_.size() > traced_runs ? runs_.size() - traced_runs : 0;
  double origin = -1;
  for (size_t run = first; run < runs_.size(); ++run) {
    const auto& spans = runs_[run].spans;
    if (spans.empty() || spans[0].empty()) continue;
    if (origin < 0) origin = spans[0][0][0].first;
    for (size_t thread = 0; thread < spans[0][0].size(); ++thread)
      add_events(events, runs_[run], program, thread, origin);
  }
  return nlohmann::json{{"traceEvents", events}, {"displayTimeUnit", "ms"}}.dump() + "\n";
}

}  // namespace cgan_jit::cli
