#pragma once

#include <vector>

#include "passes/graph/access.h"

namespace cgan_jit {

// Values that lie in memory as parts of others, and what a reader finds there.

/// A value as another one, `base`, with its axes renamed: permuted, unit axes added or dropped.
struct Renaming {
  Value base;
  std::vector<int> axes;  // for each axis of base the value's; -1: a unit axis that the value lacks
};
/// `value` itself if it is no other one renamed.
Renaming renamed_base(const Graph& graph, Value value);

/// Values that must be written to memory by a kernel: outputs and parts of concats, seen through renamings,
/// and inline scalars that are read at a place found at run time.
std::vector<bool> placed_values(const Graph& graph);

/// What every node reads, seen through views and inline scalars; of a concat the parts' bases.
std::vector<std::vector<Read>> effective_reads(const Graph& graph);

}  // namespace cgan_jit
