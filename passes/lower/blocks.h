#pragma once

#include "passes/lower/context.h"

namespace cgan_jit {

// Anchors that scatter: their result is added up in a block in scratch, which has one place more for what
// falls outside.

/// The whole result of the kernel's scatter.
ScratchBlock filled_scatter(KernelContext& in);

/// A row of a deposit's result at a time, or all of it (no row axis); rows of the table are lanes.
class DepositRows {
 public:
  explicit DepositRows(KernelContext& in);
  ScratchBlock filled(const loop::Index& row);

 private:
  void add_up(const Coords& at);

  KernelContext& in_;
  const Node& node_;
  const int row_axis_;  // -1: none
  ScratchBlock block_;
};

/// Lanes panel * width .. + width of a deposit's result of rank 2, all rows of the table.
ScratchBlock filled_deposit_panel(KernelContext& in, const loop::Index& panel, int64_t width);

}  // namespace cgan_jit
