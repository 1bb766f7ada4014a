#include "passes/memory/plan.h"

#include <algorithm>

namespace cgan_jit {
namespace {

bool in_arena(const Root& root) {
  return root.kind == Root::Kind::temporary || root.kind == Root::Kind::output;
}

MemoryReport measure(const LoweredProgram& program, const std::vector<LiveRange>& ranges) {
  MemoryReport report;
  std::vector<int64_t> alive(program.phases.size(), 0);
  for (size_t i = 0; i < program.roots.size(); ++i) {
    const Root& root = program.roots[i];
    if (!in_arena(root)) continue;
    report.unplanned += root.bytes;
    report.planned = std::max(report.planned, root.arena_offset + root.bytes);
    for (int phase = ranges[i].first; phase <= ranges[i].last; ++phase) alive[phase] += root.bytes;
  }
  if (!alive.empty()) report.lower_bound = *std::max_element(alive.begin(), alive.end());
  return report;
}

bool overlap(const LiveRange& a, const LiveRange& b) { return a.first <= b.last && b.first <= a.last; }

/// The lowest offset at which `bytes` fit between the placed roots that are alive at the same time.
int64_t first_fit(const LoweredProgram& program, const std::vector<LiveRange>& ranges,
                  const std::vector<int>& placed, int root) {
  std::vector<std::pair<int64_t, int64_t>> taken;
  for (int other : placed) {
    const Root& place = program.roots[other];
    if (overlap(ranges[other], ranges[root]))
      taken.push_back({place.arena_offset, place.arena_offset + place.bytes});
  }
  std::sort(taken.begin(), taken.end());
  int64_t offset = 0;
  for (const auto& [begin, end] : taken) {
    if (offset + program.roots[root].bytes <= begin) break;
    offset = std::max(offset, end);
  }
  return offset;
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
  std::vector<int> placed;
  for (int root : order) {
    program.roots[root].arena_offset = first_fit(program, ranges, placed, root);
    placed.push_back(root);
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
