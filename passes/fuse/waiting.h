#pragma once

#include <queue>
#include <vector>

#include "passes/fuse/circles.h"
#include "passes/fuse/state.h"

namespace cgan_jit {

/// Values that depend on nothing computed so far. Each waits for its first reader to be in a kernel, and
/// joins it there if it can; else it becomes a kernel.
class WaitingValues {
 public:
  WaitingValues(FusionState& state, Circles& circles)
      : state_(state),
        circles_(circles),
        waiting_(state.graph.size(), false),
        followed_(state.graph.size(), false) {}

  void add(Value value) { waiting_[index(value)] = true; }
  /// `value` has come into a kernel: what it reads waits no longer, nor what that reads.
  void end_behind(Value value);

 private:
  /// A read by a node, or by a concat, whose base may still wait. The last base comes first, so that all its
  /// readers have come before it; of its readers the first.
  struct Pull {
    const Read* read;
    Value reader;
    bool operator<(const Pull& other) const {
      return read->base != other.read->base ? read->base < other.read->base : reader > other.reader;
    }
  };

  bool waits(Value value) const { return waiting_[index(value)] && state_.kernel_of[index(value)] < 0; }
  void push_reads(Value reader);
  void pull(const Pull& from);
  std::optional<Membership> membership(const Pull& from) const;

  FusionState& state_;
  Circles& circles_;
  std::vector<bool> waiting_;   // for a first reader; also those that no longer do
  std::vector<bool> followed_;  // concats whose parts no longer wait
  std::priority_queue<Pull> open_;
};

}  // namespace cgan_jit
