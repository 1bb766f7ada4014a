#include "ir/integer.h"
#include "passes/lower/contractions.h"

namespace cgan_jit {

using loop::Address;
using loop::Index;

namespace {

constexpr int64_t lanes = loop::lanes;

}  // namespace

Coords ContractLowering::in_transposed(const Coords& at) const {
  Coords place(at.begin() + rank_, at.end());
  place.push_back(at[roles_.lane_axis]);
  return place;
}

/// The panel's 16 lanes from `first_lane`: whole 16 x 16 blocks through registers, else element by element.
void ContractLowering::transpose_lanes(const Index& first_lane, bool whole) {
  const Home& from_home = vector_.home;
  Coords at(space_.size());
  at[roles_.lane_axis] = {first_lane, whole ? 0 : 1, {}};
  const std::function<void(int)> loops = [&](int axis) {
    if (axis == static_cast<int>(space_.size())) {
      const Address to = memory_.address_of(*transposed_, in_transposed(at));
      const Coords there = mapped(code_, *vector_read_.map, at);
      if (!whole) return code_.store(to, code_.splat(in_.values.eval(vector_read_.base, there)), {});
      const Address from = memory_.address_of(vector_, there);
      return code_.emit(loop::Transpose{from, from_home.strides[roles_.vector_coordinate], to,
                                        transposed_->home.strides[lane_summed_axis_ - rank_]});
    }
    const bool by_sixteen = whole && axis == lane_summed_axis_;
    const int64_t count = by_sixteen ? ceil_div(space_[axis], lanes) : space_[axis];
    const int64_t width = axis == lane_summed_axis_ ? from_home.width / (by_sixteen ? lanes : 1) : count;
    memory_.axis_loop(count, width, [&](Index i) {
      at[axis] = {by_sixteen ? i * lanes : i, 0, {}};
      loops(axis + 1);
    });
  };
  loops(rank_);
}

/// Memory holds [.., k][b in lanes]; the tiles want [.., b][k in lanes]. The last lanes may be no whole
/// block.
void ContractLowering::transpose(const Index& panel) {
  if (!transposed_) return;
  transposed_->origin.back() = panel * layout_.width;
  const int64_t extent = node_.type.shape[roles_.lane_axis];
  const int64_t groups = extent / lanes, per_panel = layout_.width / lanes;
  std::optional<Index> end;
  if (extent % layout_.width != 0) end = panel * -per_panel + groups;
  if (end && panel.terms.empty()) {
    for (int64_t i = 0; i < groups; ++i) transpose_lanes(Index{i * lanes, {}}, true);
  } else {
    code_.strided_loop(per_panel, 1, end, 1,
                       [&](Index i) { transpose_lanes(panel * layout_.width + i * lanes, true); });
  }
  if (extent % lanes == 0) return;
  const Index rest_start{groups * lanes, {}};
  const auto rest = [&] {
    memory_.panel_rest(rest_start, extent, [&] { transpose_lanes(rest_start, false); });
  };
  if (panel.terms.empty()) return rest();
  code_.branch(Index{extent / layout_.width, {}} + panel * -1, 1, rest, {});
}

}  // namespace cgan_jit
