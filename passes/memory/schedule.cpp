#include "passes/memory/schedule.h"

#include <algorithm>
#include <map>
#include <set>

namespace cgan_jit {
namespace {

/// (reader, writer) -> the panel of the reader's unit 0, where a unit of the reader reads only the panel of a
/// param that the same unit of the writer overwrites.
using PanelLinks = std::map<std::pair<int, int>, int64_t>;

bool reads_elsewhere(const FusedGraph& fused, int kernel, Value param) {
  const FusedKernel& reader = fused.kernels[kernel];
  return std::any_of(reader.nodes.begin(), reader.nodes.end(), [&](Value node) {
    if (node == reader.anchor) return false;
    const std::vector<Read>& reads = fused.reads[index(node)];
    return std::any_of(reads.begin(), reads.end(), [&](const Read& read) { return read.base == param; });
  });
}

/// A unit of `writer` is a panel, and what it writes over `root` is a panel there.
bool overwrites_panels(const FusedGraph& fused, const Storage& storage, int writer, int root) {
  const FusedKernel& kernel = fused.kernels[writer];
  if (kernel.split != Split::lane_panels || !kernel.anchor) return false;
  return std::all_of(kernel.nodes.begin(), kernel.nodes.end(), [&](Value node) {
    const auto stored = storage.homes.find(node);
    if (stored == storage.homes.end() || stored->second.root != root) return true;
    const Home& home = stored->second.home;
    const Layout layout = layout_of(fused.graph[node]);
    return home.lane_axis == layout.lane_axis && home.width == layout.width;
  });
}

/// The panel of the param at `home` that unit 0 of `reader` reads, if each unit reads one.
std::optional<int64_t> first_panel(const FusedGraph& fused, const Read& read, const Home& home, int reader) {
  const FusedKernel& from = fused.kernels[reader];
  if (reads_elsewhere(fused, reader, read.base)) return {};
  const Affine& along = read.map->results[home.lane_axis];
  for (int axis = 0; axis < static_cast<int>(along.coefficients.size()); ++axis) {
    if (along.coefficients[axis] != (axis == from.roles->row_axis ? 1 : 0)) return {};
  }
  if (along.offset % home.width != 0) return {};
  return along.offset / home.width;
}

PanelLinks panel_links(const FusedGraph& fused, const Storage& storage) {
  PanelLinks links;
  for (int reader = 0; reader < static_cast<int>(fused.kernels.size()); ++reader) {
    const FusedKernel& kernel = fused.kernels[reader];
    if (kernel.split != Split::rows || !kernel.roles || kernel.rows_axis() != kernel.roles->row_axis)
      continue;
    const Read read = reads_of(fused.graph, *kernel.anchor)[1 - kernel.roles->vector_side];
    const auto home = storage.homes.find(read.base);
    if (home == storage.homes.end() || !home->second.home.is_cut()) continue;
    if (!cuts_rows_by_panels(fused.graph[*kernel.anchor], *kernel.roles, home->second.home.width)) continue;
    const auto writer = storage.writer_of_param.find(home->second.root);
    if (writer == storage.writer_of_param.end()) continue;
    if (!overwrites_panels(fused, storage, writer->second, home->second.root)) continue;
    if (const auto panel = first_panel(fused, read, home->second.home, reader))
      links[{reader, writer->second}] = *panel;
  }
  return links;
}

/// Links whose two kernels are ordered by nothing but the param.
PanelLinks without_data(const Storage& storage, PanelLinks links) {
  std::erase_if(links, [&](const auto& link) {
    const auto& [reader, writer] = link.first;
    return storage.needs_data_of[writer].count(reader) > 0;
  });
  return links;
}

std::vector<int> earliest_phases(const std::vector<std::set<int>>& before, const PanelLinks& links) {
  std::vector<std::vector<int>> after(before.size());
  std::vector<size_t> waits_for(before.size());
  std::vector<int> phase(before.size(), 0), ready;
  for (size_t kernel = 0; kernel < before.size(); ++kernel) {
    for (int other : before[kernel]) after[other].push_back(static_cast<int>(kernel));
    waits_for[kernel] = before[kernel].size();
    if (before[kernel].empty()) ready.push_back(static_cast<int>(kernel));
  }
  for (size_t done = 0; done < ready.size(); ++done) {
    const int kernel = ready[done];
    for (int later : after[kernel]) {
      phase[later] = std::max(phase[later], phase[kernel] + (links.count({kernel, later}) ? 0 : 1));
      if (--waits_for[later] == 0) ready.push_back(later);
    }
  }
  check(ready.size() == before.size(), "kernels wait for each other in a circle");
  return phase;
}

std::vector<PlannedPhase> phases_of(const std::vector<int>& earliest, const PanelLinks& links) {
  std::map<int, std::vector<int>> readers_of;  // writer -> linked readers in the same phase
  std::set<int> chained;
  for (const auto& link : links) {
    const auto& [reader, writer] = link.first;
    if (earliest[reader] != earliest[writer]) continue;
    readers_of[writer].push_back(reader);
    chained.insert({reader, writer});
  }
  std::vector<PlannedPhase> phases(
      earliest.empty() ? 0 : *std::max_element(earliest.begin(), earliest.end()) + 1);
  for (size_t kernel = 0; kernel < earliest.size(); ++kernel) {
    if (!chained.count(static_cast<int>(kernel)))
      phases[earliest[kernel]].calls.push_back({static_cast<int>(kernel)});
  }
  for (const auto& [writer, readers] : readers_of) {
    std::vector<PlannedCall>& calls = phases[earliest[writer]].calls;
    for (size_t i = 0; i < readers.size(); ++i)
      calls.push_back({readers[i], i > 0, links.at({readers[i], writer})});
    calls.push_back({writer, true, 0});
  }
  return phases;
}

/// A kernel is in one chain at most: a reader of two overwritten params keeps the first.
PanelLinks one_chain_each(const PanelLinks& links) {
  std::set<int> readers;
  PanelLinks kept;
  for (const auto& link : links) {
    if (readers.insert(link.first.first).second) kept.insert(link);
  }
  std::erase_if(kept, [&](const auto& link) { return readers.count(link.first.second) > 0; });
  return kept;
}

}  // namespace

std::vector<PlannedPhase> schedule(const FusedGraph& fused, const Storage& storage) {
  const PanelLinks links = one_chain_each(without_data(storage, panel_links(fused, storage)));
  return phases_of(earliest_phases(storage.before, links), links);
}

std::vector<PlannedPhase> schedule_one_by_one(const Storage& storage) {
  std::vector<PlannedPhase> phases;
  for (const PlannedPhase& phase : phases_of(earliest_phases(storage.before, {}), {})) {
    for (const PlannedCall& call : phase.calls) phases.push_back({{call}});
  }
  return phases;
}

}  // namespace cgan_jit
