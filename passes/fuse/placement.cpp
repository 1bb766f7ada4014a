#include "passes/fuse/placement.h"

#include <algorithm>
#include <set>

#include "passes/graph/build.h"

namespace cgan_jit {
namespace {

/// A view is computed where somebody wants it at a place of its own; a concat is made of its parts.
bool is_computed(const Node& node, bool placed) {
  return !is_leaf(node) && !is_assembled(node) && (placed || !is_view(node));
}

}  // namespace

Renamings::Renamings(const Graph& graph) : graph_(graph), placings_(graph.size(), 0) {
  for (const Node& node : graph.nodes()) {
    if (!is_assembled(node)) continue;
    for (Value part : node.operands) ++placings_[index(resolve(graph, part).base)];
  }
  // An output lies row-major: what lies otherwise is copied out.
  for (const Output& output : graph.outputs()) {
    const Value base = resolve(graph, output.value).base;
    placings_[index(base)] += layout_of(graph[base]) == row_major(graph.shape(base)) ? 1 : 2;
  }
}

Renaming Renamings::of(Value value) const {
  const Read read = resolve(graph_, value);
  const Node& base = graph_[read.base];
  Renaming own{value, {}};
  for (int axis = 0; axis < static_cast<int>(graph_.shape(value).size()); ++axis) own.axes.push_back(axis);
  if (read.base == value || is_leaf(base) || !read.map || read.guarded) return own;
  if (is_assembled(base) && is_placed_often(read.base)) return own;
  if (element_count(base.type.shape) != element_count(graph_.shape(value))) return own;
  Renaming renaming{read.base, {}};
  std::set<int> used;
  for (size_t axis = 0; axis < base.type.shape.size(); ++axis) {
    const std::optional<int> plain = read.map->results[axis].plain_axis();
    if (plain && used.insert(*plain).second && graph_.shape(value)[*plain] == base.type.shape[axis]) {
      renaming.axes.push_back(*plain);
    } else if (base.type.shape[axis] == 1) {
      renaming.axes.push_back(-1);
    } else {
      return own;
    }
  }
  return renaming;
}

std::vector<bool> placed_values(const Graph& graph) {
  const std::vector<bool> live = live_nodes(graph);
  const Renamings renamings(graph);
  std::vector<bool> placed(graph.size(), false);
  const auto place = [&](Value value) {
    const Value base = renamings.of(value).base;
    if (!is_assembled(graph[base]) || renamings.is_placed_often(base)) placed[index(base)] = true;
  };
  for (uint32_t i = 0; i < graph.size(); ++i) {
    if (!live[i] || !is_assembled(graph.nodes()[i])) continue;
    for (Value part : graph.nodes()[i].operands) place(part);
  }
  for (const Output& output : graph.outputs()) place(output.value);
  // Whoever finds its elements at run time needs them in memory.
  for (uint32_t i = 0; i < graph.size(); ++i) {
    if (!live[i] || !is_computed(graph.nodes()[i], placed[i])) continue;
    for (const Read& read : reads_of(graph, Value{i})) {
      if (!read.map && is_inline_scalar(graph, read.base)) placed[index(read.base)] = true;
    }
  }
  return placed;
}

namespace {

/// What a scalar reads, from a reader's space of rank `rank`: the same at all its points.
Read at_every_point(Read read, int rank) {
  if (!read.map) return read;
  read.map->rank = rank;
  for (Affine& result : read.map->results) result.coefficients.assign(rank, 0);
  return read;
}

}  // namespace

std::vector<std::vector<Read>> effective_reads(const Graph& graph) {
  const Renamings renamings(graph);
  std::vector<std::vector<Read>> all(graph.size());
  for (uint32_t i = 0; i < graph.size(); ++i) {
    if (is_assembled(graph.nodes()[i])) {
      for (Value part : graph.nodes()[i].operands) all[i].push_back({renamings.of(part).base, {}});
      continue;
    }
    const int rank = rank_of(iteration_space(graph, Value{i}));
    for (Read& read : reads_of(graph, Value{i})) {
      // One that is read at a place found at run time lies in memory, and is found there.
      if (!is_inline_scalar(graph, read.base) || !read.map) {
        all[i].push_back(std::move(read));
        continue;
      }
      for (const Read& inner : all[index(read.base)]) {
        Read spread = at_every_point(inner, rank);
        if (std::find(all[i].begin(), all[i].end(), spread) == all[i].end())
          all[i].push_back(std::move(spread));
      }
    }
  }
  return all;
}

}  // namespace cgan_jit
