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
/// The renamings of one graph, which outlives this.
class Renamings {
 public:
  explicit Renamings(const Graph& graph);
  /// `value` itself if it is no other one renamed.
  Renaming of(Value value) const;
  /// A concat that lies in several others, or is several outputs, and so must be copied.
  bool is_placed_often(Value concat) const { return placings_[index(concat)] > 1; }

 private:
  const Graph& graph_;
  std::vector<int> placings_;  // of every value: how many concats and outputs want it at a place of theirs
};

/// Values that must be written to memory by a kernel: outputs and parts of concats, seen through renamings,
/// and inline scalars that are read at a place found at run time.
std::vector<bool> placed_values(const Graph& graph);

/// What every node reads, seen through views and inline scalars; of a concat the parts' bases.
std::vector<std::vector<Read>> effective_reads(const Graph& graph);

}  // namespace cgan_jit
