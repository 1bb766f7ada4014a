#include "ir/integer.h"
#include "passes/lower/contractions.h"

namespace cgan_jit {

using loop::Address;
using loop::Index;

namespace {

constexpr int terms_ahead = 16;  // that a strided walk is fetched ahead

}  // namespace

/// What caches do not foresee: the broadcast side's rows in the next panel, or its strided walk, and what the
/// epilogue needs.
void ContractLowering::prefetch(int axis, const Index& start, const Index& step, int64_t next, Coords at,
                                const TileRows& tile) {
  at[roles_.row_axis] = {tile.first, 0, {}};
  const auto stride = [&](int along) { return stride_along(other_.stored.home, *other_.read.map, along); };
  const int64_t lines = ceil_div(tile.count, terms_at_once);
  if (other_.lanes) {
    // Lines that follow one another, as the vector side's.
  } else if (is_one_row() && !transposed_) {
    prefetch_panels(axis, start, step, at);
  } else if (next > 0 && stride(axis) == 1 && stride(roles_.row_axis) == next) {
    at[axis] = {start + next, 0, {}};
    Address ahead = address_of(other_, at);
    ahead.index = ahead.index + step * (lines * lanes);
    for (int64_t line = 0; line < lines; ++line, ahead.index = ahead.index + lanes)
      code_.emit(loop::Prefetch{ahead, false});
  } else if (stride(axis) >= lanes) {
    for (int term = 0; term < terms_at_once; ++term) {
      at[axis] = {start + step * terms_at_once + (term + terms_ahead), 0, {}};
      Address ahead = address_of(other_, at);
      code_.emit(loop::Prefetch{ahead, false});
    }
  }
  if (slab_) prefetch_next_slab(step, at);
  for (const Stored& fetched : fetched_) {
    Coords place(rank_);
    place[roles_.row_axis] = {tile.first, 0, {}};
    place[roles_.lane_axis] = {panel_start_, 0, {}};
    Address line = memory_.address_of(fetched, place);
    line.index = line.index + step * (lines * lanes);
    for (int64_t i = 0; i < lines; ++i, line.index = line.index + lanes)
      code_.emit(loop::Prefetch{line, true});
  }
}

/// A matrix by a vector waits for nothing but the matrix.
void ContractLowering::prefetch_panels(int axis, const Index& start, const Index& step, Coords at) {
  for (int term = 0; term < terms_at_once; ++term) {
    at[axis] = {start + step * terms_at_once + (term + terms_ahead), 0, {}};
    for (int vector = 0; vector < tile_.vectors; ++vector) {
      at[roles_.lane_axis] = {panel_start_ + vector * lanes, 0, {}};
      code_.emit(loop::Prefetch{address_of(vector_, at), false});
    }
  }
}

/// Each tile's part of what all will read next, where panels that are read in place lie in one piece.
void ContractLowering::prefetch_next_slab(const Index& step, Coords at) {
  if (transposed_) return;
  const int last = static_cast<int>(space_.size()) - 1;
  const int64_t steps = slab_->count / terms_at_once;
  const bool in_one_piece = stride_along(vector_.stored.home, *vector_.read.map, last) == layout_.width;
  if (!in_one_piece || steps == 0) return;
  const int64_t bytes = slab_->count * layout_.width * 4;
  const int64_t lines = ceil_div(ceil_div(bytes, 64), slab_->tiles * steps);
  at[last] = {slab_->start + slab_->count, 0, {}};
  at[roles_.lane_axis] = {panel_start_, 0, {}};
  Address ahead = memory_.address_of(vector_.stored, mapped(code_, *vector_.read.map, at));
  ahead.index = ahead.index + (slab_->tile * steps + step) * (lines * lanes);
  for (int64_t line = 0; line < lines; ++line, ahead.index = ahead.index + lanes)
    code_.emit(loop::Prefetch{ahead, false});
}

}  // namespace cgan_jit
