#pragma once

#include <climits>
#include <cstddef>
#include <vector>

#include "passes/graph/dag.h"

namespace cgan_jit {

/// Subtrees of a forest that are left out of something.
class Subtrees {
 public:
  void add(const Forest::Subtree& subtree) { all_.push_back(subtree); }
  /// One of them that has the number; nullptr if none has.
  const Forest::Subtree* with(int number) const;

 private:
  std::vector<Forest::Subtree> all_;
};

/// Kernels that read one value, in their order, with their numbers in a forest. The next one outside of some
/// subtrees is found in the logarithm of how many there are, for each subtree that lies between.
class Sharers {
 public:
  /// `kernels` increase.
  Sharers(std::vector<int> kernels, const Forest& forest);

  static constexpr int none = -1;
  int next(int after, const Subtrees& left_out) const;
  void erase(int kernel);

 private:
  /// The least and the most number of some neighbours.
  struct Numbers {
    int least, most;
  };
  static constexpr Numbers of_none{INT_MAX, INT_MIN};

  void renew(size_t i);
  size_t place(int kernel) const;
  size_t next_outside(size_t place, const Forest::Subtree& subtree) const;

  std::vector<int> kernels_;
  std::vector<Numbers> numbers_;  // a tree: 1 is of all, 2 * i and 2 * i + 1 of the halves of i
};

}  // namespace cgan_jit
