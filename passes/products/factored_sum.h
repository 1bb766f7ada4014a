#pragma once

#include <array>
#include <optional>
#include <vector>

#include "passes/graph/views.h"

namespace cgan_jit {

/// A contraction in the making: at each point of `domain`, whose first `kept` axes are the result's, the
/// product of what both sides read there; a term of which a read lies outside is left out.
struct FactoredSum {
  Shape domain;
  int kept = 0;
  std::array<View, 2> sides;

  /// What the sum of another domain was, that this one stands for: its result's axes are this one's in
  /// row-major order, of these extents, of which it has the first ones.
  struct Merging {
    Shape merged, cut;
  };
  std::vector<Merging> mergings = {};  // the first one last

  int64_t products() const { return element_count(domain); }
};

/// The same sum with one axis of a side that shows each element several times in a row (nearest upsampling)
/// read where each is once, if that leaves a shorter sum: what is read of an element more than once stands on
/// summed axes that this side does not see. Nothing if there is none.
std::optional<FactoredSum> without_repeats(Graph& graph, const FactoredSum& sum);

}  // namespace cgan_jit
