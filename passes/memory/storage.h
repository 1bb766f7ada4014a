#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ir/home.h"
#include "passes/fuse/kernels.h"
#include "passes/program.h"

namespace cgan_jit {

/// An update that could not be written in place: after everything else the root `from` is copied into the
/// param's root.
struct LateCopy {
  int from = 0, to = 0;
};

/// A home in a root.
struct Stored {
  int root = 0;
  Home home;
};

struct Storage {
  std::vector<Root> roots;
  std::map<Value, Stored> homes;                // of leaves, concats and kernels' results
  std::map<Value, std::vector<Stored>> copies;  // more places that a result is written to
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
