#pragma once

#include <set>
#include <vector>

#include "passes/fuse/kernels.h"
#include "passes/graph/dag.h"

namespace cgan_jit {

/// The kernels that write and read each value in memory.
struct Accesses {
  std::vector<int> writer;                // of every value; -1: none
  std::vector<std::vector<int>> readers;  // of every value
};
Accesses accesses_of(const FusedGraph& fused);

/// Of every kernel, those that write what it reads.
std::vector<std::set<int>> data_order(const FusedGraph& fused, const Accesses& accesses);

/// Kernels that wait for others: for what they write, and for what they still read.
class KernelOrder {
 public:
  explicit KernelOrder(const std::vector<std::set<int>>& data_order);

  /// Which does not wait for `kernel`.
  void put_before(int kernel, int earlier);
  /// Whether `kernel` must wait for the other one, directly or not.
  bool waits(int kernel, int earlier) { return waits_.reaches(earlier, kernel); }
  /// Of every kernel, those that it waits for itself.
  const std::vector<std::set<int>>& before() const { return before_; }

 private:
  std::vector<std::set<int>> before_;
  Dag waits_;
};

}  // namespace cgan_jit
