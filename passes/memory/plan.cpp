#include "passes/memory/plan.h"

#include <algorithm>

#include "passes/memory/occupancy.h"

namespace cgan_jit {
namespace {

bool in_arena(const Root& root) {
  return root.kind == Root::Kind::temporary || root.kind == Root::Kind::output;
}

bool is_touched(const LiveRange& range) { return range.first <= range.last; }

MemoryReport measure(const LoweredProgram& program, const std::vector<LiveRange>& ranges) {
  MemoryReport report;
  std::vector<int64_t> change(program.phases.size() + 1, 0);  // of the bytes alive, from phase to phase
  for (size_t i = 0; i < program.roots.size(); ++i) {
    const Root& root = program.roots[i];
    if (!in_arena(root)) continue;
    report.unplanned += root.bytes;
    report.planned = std::max(report.planned, root.arena_offset + root.bytes);
    if (!is_touched(ranges[i])) continue;
    change[ranges[i].first] += root.bytes;
    change[ranges[i].last + 1] -= root.bytes;
  }
  for (int64_t alive = 0; int64_t bytes : change)
    report.lower_bound = std::max(report.lower_bound, alive += bytes);
  return report;
}

std::vector<int> arena_roots(const LoweredProgram& program) {
  std::vector<int> roots;
  for (size_t i = 0; i < program.roots.size(); ++i) {
    if (in_arena(program.roots[i])) roots.push_back(static_cast<int>(i));
  }
  return roots;
}

}  // namespace

std::vector<LiveRange> live_ranges(const LoweredProgram& program) {
  std::vector<LiveRange> ranges(program.roots.size(), {static_cast<int>(program.phases.size()), -1});
  for (int phase = 0; phase < static_cast<int>(program.phases.size()); ++phase) {
    for (const PlannedCall& call : program.phases[phase].calls) {
      for (int root : program.kernels[call.kernel].buffers) {
        ranges[root].first = std::min(ranges[root].first, phase);
        ranges[root].last = std::max(ranges[root].last, phase);
      }
    }
  }
  for (size_t i = 0; i < program.roots.size(); ++i) {
    if (program.roots[i].kind == Root::Kind::output)
      ranges[i].last = static_cast<int>(program.phases.size()) - 1;
  }
  return ranges;
}

void plan(LoweredProgram& program) {
  const std::vector<LiveRange> ranges = live_ranges(program);
  std::vector<int> order = arena_roots(program);
  // Those first that are large for long: what is small or brief fits between.
  const auto weight = [&](int root) {
    return program.roots[root].bytes * (ranges[root].last - ranges[root].first + 1);
  };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return weight(a) > weight(b); });
  Occupancy taken(program.phases.size());
  for (int number : order) {
    Root& root = program.roots[number];
    root.arena_offset = 0;
    if (!is_touched(ranges[number])) continue;
    root.arena_offset = taken.first_fit(ranges[number], root.bytes);
    taken.take(ranges[number], root.arena_offset, root.bytes);
  }
  program.memory = measure(program, ranges);
  program.arena_bytes = program.memory.planned;
}

void plan_apart(LoweredProgram& program) {
  int64_t offset = 0;
  for (int root : arena_roots(program)) {
    program.roots[root].arena_offset = offset;
    offset += program.roots[root].bytes;
  }
  program.memory = measure(program, live_ranges(program));
  program.arena_bytes = offset;
}

std::string print_plan(const LoweredProgram& program) {
  const std::vector<LiveRange> ranges = live_ranges(program);
  std::string text =
      fmt::format("temporaries: {} bytes unplanned, {} planned, lower bound {}\n", program.memory.unplanned,
                  program.memory.planned, program.memory.lower_bound);
  static constexpr const char* kinds[] = {"input", "param", "temporary", "output"};
  for (size_t i = 0; i < program.roots.size(); ++i) {
    const Root& root = program.roots[i];
    text += fmt::format("root {:3} {:9} {:9} bytes", i, kinds[static_cast<int>(root.kind)], root.bytes);
    if (root.arena_offset >= 0)
      text += fmt::format(" at {:9}, phases {} to {}", root.arena_offset, ranges[i].first, ranges[i].last);
    text += fmt::format("  {} {}\n", to_string(root.type), root.name);
  }
  for (size_t phase = 0; phase < program.phases.size(); ++phase) {
    text += fmt::format("phase {}\n", phase);
    for (const PlannedCall& call : program.phases[phase].calls) {
      const LoweredKernel& lowered = program.kernels[call.kernel];
      text += fmt::format("  {:02} {}: {} units{}, roots", call.kernel, lowered.name, lowered.loops.units,
                          call.with_previous ? ", panel by panel with the one before" : "");
      for (int root : lowered.buffers) text += fmt::format(" {}", root);
      text += "\n";
    }
  }
  return text;
}

}  // namespace cgan_jit
