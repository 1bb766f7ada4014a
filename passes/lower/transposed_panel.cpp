#include <algorithm>

#include "ir/integer.h"
#include "passes/lower/contractions.h"

namespace cgan_jit {

using loop::Address;
using loop::Index;

/// Room for a slab, [summed axes that it holds in full or in part][lanes of a panel].
ScratchBlock ContractLowering::transposed_block() {
  Shape summed(space_.begin() + rank_, space_.end());
  if (slab_terms_ > 0) {
    std::fill(summed.begin(), summed.end() - 1, 1);
    summed.back() = slab_terms_;
  }
  if (int64_t& extent = summed[lane_summed_axis_ - rank_]; extent > 1) extent = round_up(extent, lanes);
  summed.push_back(layout_.width);
  return memory_.add_block({DType::f32, summed}, {-1, rank_of(summed) - 1}, layout_.width, 1);
}

Coords ContractLowering::in_transposed(const Coords& at) const {
  Coords place(at.begin() + rank_, at.end());
  place.push_back(at[roles_.lane_axis]);
  return place;
}

/// A part of the next slab, if slabs lie in one piece each: with every 16 x 16 elements as many, line by
/// line, since memory is faster in its own order. One row waits for nothing but these.
void ContractLowering::fetch_next_transposed(Coords at) {
  if (!slab_ || !is_one_row()) return;
  if (vector_.stored.home.strides[roles_.vector_coordinate] != slab_->count) return;
  const int last = static_cast<int>(space_.size()) - 1;
  const Index sixteen = at[last].index + slab_->start * -1;
  at[last].index = slab_->start + slab_->count;
  Address line = memory_.address_of(vector_.stored, mapped(code_, *vector_.read.map, at));
  line.index = line.index + sixteen * lanes;
  for (int i = 0; i < lanes; ++i, line.index = line.index + lanes) code_.emit(loop::Prefetch{line, false});
}

/// The panel's 16 lanes from `first_lane`, of the slab at hand or of all terms: whole 16 x 16 blocks through
/// registers, else element by element.
void ContractLowering::transpose_lanes(const Index& first_lane, Coords at, bool whole) {
  const Home& from_home = vector_.stored.home;
  const int last = static_cast<int>(space_.size()) - 1;
  at[roles_.lane_axis] = {first_lane, whole ? 0 : 1, {}};
  const std::function<void(int)> loops = [&](int axis) {
    if (axis > last) {
      const Address to = memory_.address_of(*transposed_, in_transposed(at));
      const Coords there = mapped(code_, *vector_.read.map, at);
      if (!whole) return code_.store(to, code_.splat(in_.values.eval(vector_.read.base, there)), {});
      const Address from = memory_.address_of(vector_.stored, there);
      fetch_next_transposed(at);
      return code_.emit(loop::Transpose{from, from_home.strides[roles_.vector_coordinate], to,
                                        transposed_->home.strides[lane_summed_axis_ - rank_]});
    }
    const bool by_sixteen = whole && axis == lane_summed_axis_;
    const int64_t step = by_sixteen ? lanes : 1;
    const int64_t extent = slab_ ? slab_->count : space_[axis];
    const int64_t width = axis == lane_summed_axis_ ? from_home.width : extent;
    memory_.axis_loop(ceil_div(extent, step), width / step, [&](Index i) {
      at[axis] = {(slab_ ? slab_->start : Index{}) + i * step, 0, {}};
      loops(axis + 1);
    });
  };
  loops(slab_ ? last : rank_);
}

/// Memory holds [.., k][b in lanes]; the tiles want [.., b][k in lanes]. The last lanes may be no whole
/// block.
void ContractLowering::transpose(const Index& panel, const Coords& at) {
  transposed_->origin.back() = panel * layout_.width;
  for (int axis = rank_; slab_ && axis < static_cast<int>(space_.size()); ++axis)
    transposed_->origin[axis - rank_] =
        axis + 1 == static_cast<int>(space_.size()) ? slab_->start : at[axis].index;
  const int64_t extent = node_.type.shape[roles_.lane_axis];
  const int64_t groups = extent / lanes, per_panel = layout_.width / lanes;
  std::optional<Index> end;
  if (extent % layout_.width != 0) end = panel * -per_panel + groups;
  if (end && panel.terms.empty()) {
    for (int64_t i = 0; i < groups; ++i) transpose_lanes(Index{i * lanes, {}}, at, true);
  } else {
    code_.strided_loop(per_panel, 1, end, 1,
                       [&](Index i) { transpose_lanes(panel * layout_.width + i * lanes, at, true); });
  }
  if (extent % lanes == 0) return;
  const Index rest_start{groups * lanes, {}};
  const auto rest = [&] {
    memory_.panel_rest(rest_start, extent, [&] { transpose_lanes(rest_start, at, false); });
  };
  if (panel.terms.empty()) return rest();
  code_.branch(Index{extent / layout_.width, {}} + panel * -1, 1, rest, {});
}

void ContractLowering::begin_panel(const Index& panel) {
  if (transposed_ && slab_terms_ == 0 && roles_.batch_axes.empty()) transpose(panel, Coords(space_.size()));
}

}  // namespace cgan_jit
