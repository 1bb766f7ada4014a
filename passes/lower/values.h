#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "passes/lower/memory.h"

namespace cgan_jit {

/// Makes the code that computes one element, or 16 neighbours, of a value at given coordinates.
class ValueLowering {
 public:
  using Mask = KernelMemory::Mask;

  ValueLowering(const FusedGraph& fused, const Storage& storage, int kernel, KernelMemory& memory,
                loop::KernelWriter& code);

  /// The value at the coordinates: from a register, scratch or memory if it is there, else computed on the
  /// spot.
  loop::Reg eval(Value value, const Coords& at, Mask mask = {});
  /// The same, always computed.
  loop::Reg compute(Value value, const Coords& at, Mask mask = {});
  /// Computes a reduction at several points in one go over its operand, where it has no lanes: `eval` finds
  /// them.
  void reduce_together(Value value, const std::vector<Coords>& points);
  /// Adds the 16 neighbours at `at`, of what `sum` adds up, to its partial sums.
  void add_to_partials(Value sum, loop::Reg partials, const Coords& at);
  /// `reg` holds the value there.
  void remember(Value value, const Coords& at, loop::Reg reg);

  /// From now on the value is found in `block`.
  void keep(Value value, ScratchBlock block) { scratch_[value] = std::move(block); }
  void forget(Value value) { scratch_.erase(value); }
  bool is_kept(Value value) const { return scratch_.count(value) > 0; }
  /// From now on the result is found in memory.
  void written(Value value) { in_memory_.insert(value); }
  /// A row (or what else is done in one go) begins: `lost` are kept no more and results are not written yet.
  /// What the kernel itself writes is read no further out than here.
  void begin_row(const std::map<Value, ScratchBlock>& lost);

 private:
  std::optional<loop::Reg> recall(Value value, const Coords& at, Mask mask) const;
  Mask both(Mask a, Mask b);
  Mask inside_of(Value operand, const IndexMap& map, const Shape& domain, const Coords& there);
  loop::Reg read_mapped(Value operand, const IndexMap& map, const Shape& domain, const Coords& at,
                        double fill, Mask mask);
  loop::Reg regrouped(Value operand, const Shape& shape, const Coords& at, Mask mask);
  loop::Reg random(Value value, const Coords& at);
  loop::Reg gather(Value value, const Coords& at, Mask mask);

  // reductions.cpp
  Coords operand_point(Value value, const Coords& at) const;
  loop::Reg reduce(Value value, const Coords& at, Mask mask);
  std::vector<loop::Reg> reduced_at(Value value, const std::vector<Coords>& points, Mask mask);
  std::vector<loop::Reg> reduce_in_order(Value value, const std::vector<Coords>& points, Mask mask,
                                         bool vector);
  std::vector<loop::Reg> reduce_across_lanes(Value value, const std::vector<Coords>& points, Mask mask);
  std::vector<loop::Reg> accumulators(const Node& reduce, size_t count, bool vector);
  void add_lanes(const Reduce& op, loop::Reg partials, loop::Reg lanes_of_term);
  loop::Reg folded(std::vector<loop::Reg> terms, Fn fn);
  loop::Reg reduce_in_partials(Value value, Coords at, Mask mask);
  void add_product(loop::Reg sum, loop::Reg left, loop::Reg right, Mask inside);
  loop::Reg contract(Value value, const Coords& at, Mask mask);
  void nest(const std::vector<int>& axes, size_t from, Value operand, Coords& at,
            const std::function<void()>& body);
  int64_t width_along(Value value, int axis) const;

  const Graph& graph_;
  const Storage& storage_;
  KernelMemory& memory_;
  loop::KernelWriter& code_;
  std::set<Value> members_;
  std::set<Value> loaded_;  // what it may read from memory: others' results, leaves, concats that it copies
  std::map<Value, ScratchBlock> scratch_;  // values found there
  std::set<Value> in_memory_;              // results that this kernel has written already
  int row_depth_ = 0;
};

}  // namespace cgan_jit
