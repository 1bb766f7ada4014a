#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "passes/fuse/fuse.h"
#include "passes/program.h"

namespace cgan_jit {

/// Where a value's elements are: root's start + base + sum over axes of coordinate * stride, all in elements.
/// The lane axis, if it is cut into blocks, adds (c / width) * block_stride + c % width instead, where c =
/// coordinate + lane_shift.
struct Home {
  int root = 0;
  int64_t base = 0;
  std::vector<int64_t> strides;
  int lane_axis = -1;  // -1: none
  int64_t width = 1;
  int64_t block_stride = 0;  // 0: one block
  int64_t lane_shift = 0;
  bool padded = false;  // whole vectors of 16 may be read and written up to the end of the last block
};

/// The home of a value that fills a root alone.
Home whole_home(int root, const Shape& shape, const Layout& layout);

/// An update that could not be written in place: after everything else the root `from` is copied into the
/// param's root.
struct LateCopy {
  int from = 0, to = 0;
};

struct Storage {
  std::vector<Root> roots;
  std::map<Value, Home> homes;                // of leaves, concats and kernels' results
  std::map<Value, std::vector<Home>> copies;  // more places that a result is written to
  std::vector<LateCopy> late_copies;
  std::map<int, int> writer_of_param;  // root -> kernel that updates it in place
  // Of every kernel, those that must be complete before it starts: for what they write, and also for the
  // params that they still read when it overwrites them.
  std::vector<std::set<int>> needs_data_of, before;
};

/// Decides where every stored value lies: concat parts inside the whole, updates in their params (when every
/// other reader can come first).
Storage assign_storage(const FusedGraph& fused);

/// The places as text: roots, where each value lies in them and is copied to, which params are overwritten in
/// place, and what each kernel waits for.
std::string print(const Storage& storage, const FusedGraph& fused);

}  // namespace cgan_jit
