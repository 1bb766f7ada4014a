#pragma once

#include <map>
#include <optional>

#include "passes/lower/context.h"
#include "passes/lower/nests.h"

namespace cgan_jit {

/// What a nest of elementwise nodes reads across its lanes: operands whose neighbours in memory lie along
/// another axis of the nest (a row-major input that is packed with its samples in lanes). They come 16 x 16
/// elements at a time, through registers, into scratch, where the lanes lie side by side.
class CrosswiseReads {
 public:
  /// `by_rows`: the axis may be the one along which units are cut.
  CrosswiseReads(KernelContext& in, const Nest& nest, bool by_rows);

  /// The nest's axis along which they lie; -1: there are none.
  int axis() const { return axis_; }
  /// It is the one that units are cut along.
  bool along_rows() const { return axis_ >= 0 && axis_ == row_axis_; }
  /// Brings the 16 lanes of `at` at 16 places along the axis, from `at` on; they are found until forgotten.
  void fetch(const Coords& at);
  void forget();

 private:
  /// Where it is read from: the nest's coordinates to its own.
  struct Operand {
    IndexMap map;
    int axis, lane_axis;  // of the operand: what walks along the nest's
    ScratchBlock block;
  };

  bool is_in_memory(Value base, const Nest& nest) const;
  void find(const Nest& nest, bool by_rows);
  std::optional<Operand> crossed(Value base, const IndexMap& map, const Nest& nest, int axis) const;
  int axis_crossed_by(Value base, const IndexMap& map, const Nest& nest, bool by_rows) const;

  KernelContext& in_;
  int axis_ = -1, row_axis_ = -1;
  std::map<Value, Operand> operands_;
};

}  // namespace cgan_jit
