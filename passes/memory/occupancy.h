#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "passes/memory/live_range.h"

namespace cgan_jit {

/// Ranges of bytes; those that overlap or touch are one.
class ByteRanges {
 public:
  void add(int64_t begin, int64_t end);
  /// The first place from `offset` on at which none of them overlaps `bytes`, or one before it.
  int64_t next_gap(int64_t offset, int64_t bytes) const;

 private:
  std::map<int64_t, int64_t> end_of_;  // by where they begin
};

/// Which bytes of an arena are taken in which phases: a tree over the phases, whose every node knows what is
/// taken in some of its phases and what in all of them.
class Occupancy {
 public:
  explicit Occupancy(size_t phases);

  /// The lowest offset at which `bytes` (> 0) are free in all those phases (of which there is one at least).
  int64_t first_fit(const LiveRange& alive, int64_t bytes);
  void take(const LiveRange& alive, int64_t offset, int64_t bytes);

 private:
  struct Span {
    ByteRanges in_some_phase, in_all_phases;
    std::map<int64_t, int64_t>
        none_below;  // the offset below which none of its phases has so many bytes free
  };

  int64_t none_below(int phase, int64_t bytes);
  std::vector<size_t> inside(const LiveRange& alive) const;
  std::vector<size_t> around(const LiveRange& alive) const;

  std::vector<Span>
      spans_;  // 1: all phases; 2 * i and 2 * i + 1: the halves of i; the last half: one phase each
};

}  // namespace cgan_jit
