#include "passes/lower/contractions.h"

#include <algorithm>
#include <numeric>

#include "ir/integer.h"
#include "passes/graph/views.h"
#include "passes/lower/tiles.h"

namespace cgan_jit {

using loop::Address;
using loop::Index;
using loop::Reg;

ContractLowering::ContractLowering(KernelContext& in)
    : in_(in),
      code_(in.code),
      memory_(in.memory),
      contract_(*in.kernel.anchor),
      node_(in.graph[contract_]),
      roles_(*in.kernel.roles),
      space_(iteration_space(in.graph, contract_)),
      rank_(rank_of(node_.type.shape)),
      layout_(*node_.layout),
      unit_axis_(in.kernel.split == Split::rows ? in.kernel.row_axis.at(contract_) : roles_.row_axis),
      l1_bytes_(in.target.l1_bytes),
      guards_(term_guards(in.graph, contract_)) {
  vector_ = side(roles_.vector_side);
  other_ = side(1 - roles_.vector_side);
  tile_ = tile_for(in.target, static_cast<int>(layout_.width / lanes), space_[roles_.row_axis], jammed(),
                   stride_along(other_.stored.home, *other_.read.map, roles_.row_axis) == 1);
  if (!roles_.transposed) return;
  const Affine& in_lanes = vector_.read.map->results[vector_.stored.home.lane_axis];
  lane_summed_axis_ = in_lanes.plain_axis().value_or(-1);
}

ContractLowering::Side ContractLowering::side(int operand) const {
  const Read read = reads_of(in_.graph, contract_)[operand];
  const auto walks = [&](int axis) { return uses_axis(*read.map, axis); };
  return {read, in_.storage.homes.at(read.base), walks(roles_.lane_axis),
          walks(roles_.row_axis) || std::any_of(roles_.jam_axes.begin(), roles_.jam_axes.end(), walks)};
}

int ContractLowering::least_rows() const {
  const int64_t least = least_sums_of_a_tile(in_.target), of_a_row = int64_t{jammed()} * tile_.vectors;
  return std::min(tile_.rows, static_cast<int>(ceil_div(least, of_a_row)));
}

int ContractLowering::jammed() const {
  int places = 1;
  for (int axis : roles_.jam_axes) places *= static_cast<int>(space_[axis]);
  return places;
}

int64_t ContractLowering::bytes_per_row() const {
  const int64_t lane_extent = round_up(node_.type.shape[roles_.lane_axis], layout_.width);
  return block_elements(node_.type.shape, {unit_axis_, roles_.lane_axis}, lane_extent, 1) * 4;
}

int64_t ContractLowering::row_alignment() const {
  const Home& home = other_.stored.home;
  const bool in_panels =
      home.is_cut() && uses_axis(other_.read.map->results[home.lane_axis], roles_.row_axis);
  return in_panels && cuts_rows_by_panels(node_, roles_, home.width) ? home.width : 0;
}

void ContractLowering::reserve(int64_t rows, bool one_panel) {
  const int64_t lane_extent =
      one_panel ? layout_.width : round_up(node_.type.shape[roles_.lane_axis], layout_.width);
  slab_terms_ = terms_of_a_slab(unit_axis_ == roles_.row_axis ? rows : node_.type.shape[roles_.row_axis]);
  if (roles_.transposed) transposed_ = transposed_block();
  result_ = place_of_tiles();
  if (result_) return;
  Type type = node_.type;
  if (fixed_axis_ >= 0) type.shape[fixed_axis_] = 1;
  const int inner = unit_axis_ == roles_.row_axis ? -1 : roles_.row_axis;
  block_ = memory_.add_block(type, {unit_axis_, roles_.lane_axis, inner}, lane_extent, rows);
}

/// That of a result which is the kernel's only node, in whole vectors, without sums that wait in between.
std::optional<Stored> ContractLowering::place_of_tiles() const {
  if (in_.kernel.nodes.size() > 1 || slab_terms_ > 0 || in_.storage.copies.count(contract_)) return {};
  const Stored& place = in_.storage.homes.at(contract_);
  const Home& home = place.home;
  const bool in_vectors = home.lane_axis == roles_.lane_axis && home.padded && home.lane_shift == 0 &&
                          home.strides[home.lane_axis] == 1 && home.width % layout_.width == 0;
  const bool is_param = in_.storage.roots[place.root].kind == Root::Kind::param;
  return in_vectors && !is_param ? std::optional(place) : std::nullopt;
}

void ContractLowering::fill(const Index& first, int64_t count, const std::optional<Index>& panel) {
  if (result_) return fill_block(first, count, panel);
  block_.origin[unit_axis_] = first;
  if (panel) block_.origin[roles_.lane_axis] = *panel * layout_.width;
  if (fixed_axis_ >= 0) block_.origin[fixed_axis_] = *fixed_;
  in_.values.keep(contract_, block_);
  if (slab_terms_ > 0 && !begins_with_zeros()) memory_.clear(block_);
  fill_block(first, count, panel);
}

void ContractLowering::fill_block(const Index& first, int64_t count, const std::optional<Index>& panel) {
  Coords at(space_.size());
  if (fixed_axis_ >= 0) at[fixed_axis_] = {*fixed_, 0, {}};
  if (panel) return fill_batch(0, first, count, at, *panel);
  code_.loop(ceil_div(node_.type.shape[roles_.lane_axis], layout_.width), [&](Index p) {
    begin_panel(p);
    fill_batch(0, first, count, at, p);
  });
}

/// The panel at each place of the axes at which the vector side is transposed anew.
void ContractLowering::fill_batch(size_t axis, const Index& first, int64_t count, Coords& at,
                                  const Index& panel) {
  if (axis == roles_.batch_axes.size()) return fill_panel(first, count, at, panel);
  result_loop(roles_.batch_axes[axis], first, count, at,
              [&] { fill_batch(axis + 1, first, count, at, panel); });
}

/// body(), at each coordinate of the result's axis that the unit has.
void ContractLowering::result_loop(int axis, const Index& first, int64_t count, Coords& at,
                                   const std::function<void()>& body) {
  if (axis == fixed_axis_) return body();
  const bool is_unit = axis == unit_axis_;
  code_.loop(is_unit ? count : node_.type.shape[axis], [&](Index i) {
    at[axis] = {is_unit ? first + i : i, 0, {}};
    body();
  });
}

void ContractLowering::fill_panel(const Index& first, int64_t count, Coords& at, const Index& panel) {
  const auto tiles = [&] { fill_others(0, first, count, at, panel); };
  if (slab_terms_ == 0) {
    if (!roles_.batch_axes.empty()) transpose(panel, at);
    return tiles();
  }
  each_slab(rank_, at, [&] {
    if (transposed_) transpose(panel, at);
    tiles();
  });
}

/// The axis is the tiles' own, or has its loop already.
bool ContractLowering::is_set(int axis) const {
  const auto& batch = roles_.batch_axes;
  return roles_.is_tile_axis(axis) || std::find(batch.begin(), batch.end(), axis) != batch.end();
}

/// The tiles at every point of the result's axes but lanes and rows.
void ContractLowering::fill_others(int axis, const Index& first, int64_t count, Coords& at,
                                   const Index& panel) {
  const bool rows_are_units = unit_axis_ == roles_.row_axis;
  if (axis == rank_) {
    const int64_t rows = rows_are_units ? count : node_.type.shape[roles_.row_axis];
    const auto tiles = [&] { fill_tiles(rows_are_units ? first : Index{}, rows, at, panel); };
    return slab_ ? inside_of_slab(at, tiles) : tiles();
  }
  if (is_set(axis)) return fill_others(axis + 1, first, count, at, panel);
  result_loop(axis, first, count, at, [&] { fill_others(axis + 1, first, count, at, panel); });
}

void ContractLowering::fill_tiles(const Index& first_row, int64_t rows, Coords& at, const Index& panel) {
  const int64_t all_vectors = layout_.width / lanes, groups = all_vectors / tile_.vectors;
  const int64_t lanes_of_group = int64_t{tile_.vectors} * lanes, extent = node_.type.shape[roles_.lane_axis];
  // Of the last panel's block nobody reads what lies behind the extent.
  std::optional<Index> end;
  if (groups > 1 && !result_ && extent % layout_.width != 0)
    end = panel * -groups + ceil_div(extent, lanes_of_group);
  const auto tiles = [&](const Index& block_row, int height) {
    code_.strided_loop(groups, 1, end, 1, [&](Index group) {
      fill_tile(first_row + block_row, height, tile_.vectors, at, panel, group * lanes_of_group);
    });
    if (const int rest = static_cast<int>(all_vectors % tile_.vectors)) {
      fill_tile(first_row + block_row, height, rest, at, panel, Index{(all_vectors - rest) * lanes, {}});
    }
  };
  const std::vector<int> last = heights_of_last_tiles(rows);
  const int64_t full = (rows - std::accumulate(last.begin(), last.end(), int64_t{0})) / tile_.rows;
  code_.loop(full, [&](Index t) {
    if (slab_) slab_->tile = t, slab_->tiles = std::max<int64_t>(1, full);
    tiles(t * tile_.rows, tile_.rows);
  });
  if (slab_) slab_->tile = Index{full, {}};
  int64_t done = full * tile_.rows;
  for (int height : last) {
    tiles(Index{done, {}}, height);
    done += height;
  }
}

/// Rows behind the full tiles. If they were too few for a tile of their own, they and the last full ones
/// divide evenly what they have together, or they make the last one higher.
std::vector<int> ContractLowering::heights_of_last_tiles(int64_t rows) const {
  const int64_t rest = rows % tile_.rows;
  if (rest == 0) return {};
  const int least = least_sums_of_a_tile(in_.target), sums_of_a_row = jammed() * tile_.vectors;
  for (int64_t full = 0; full <= rows / tile_.rows; ++full) {
    const int64_t together = full * tile_.rows + rest, tiles = full + 1;
    if (together / tiles * sums_of_a_row < least) continue;
    std::vector<int> heights;
    for (int64_t i = 0; i < tiles; ++i)
      heights.push_back(static_cast<int>(together / tiles + (i < together % tiles ? 1 : 0)));
    return heights;
  }
  const int64_t with_last = tile_.rows + rest;
  const bool fit_together = rows > rest && with_last * sums_of_a_row <= most_sums_of_a_tile(in_.target);
  return {static_cast<int>(fit_together ? with_last : rest)};
}

int64_t ContractLowering::summed_width(int axis) const {
  int64_t width = space_[axis];
  const auto narrow = [&](const Home& home, const Read& read) {
    if (home.is_cut() && uses_axis(read.map->results[home.lane_axis], axis))
      width = std::min(width, home.width);
  };
  narrow(other_.stored.home, other_.read);
  if (!roles_.transposed) narrow(vector_.stored.home, vector_.read);
  return width;
}

/// The loop after which a guard is known; those of the result's axes stand already.
int ContractLowering::known_after(const TermGuard& guard) const {
  int last = rank_ - 1;
  for (int summed = rank_; summed < static_cast<int>(space_.size()); ++summed) {
    if (uses_axis(guard.coordinate, summed)) last = summed;
  }
  return last;
}

void ContractLowering::inside(int axis, const Coords& at, const std::function<void()>& body) {
  std::function<void()> code = body;
  for (const TermGuard& guard : guards_) {
    if (known_after(guard) != axis) continue;
    const Index coordinate = mapped(code_, guard.coordinate, at).index;
    if (guard.above) code = [=, this] { code_.branch(coordinate, guard.extent, code, {}); };
    if (guard.below) code = [=, this] { code_.branch(coordinate * -1, 1, code, {}); };
  }
  code();
}

void ContractLowering::sum(size_t axis, Coords& at, const TileRows& tile, const std::function<void()>& body) {
  if (axis + 1 == space_.size()) return sum_innermost(static_cast<int>(axis), at, tile, body);
  memory_.axis_loop(space_[axis], summed_width(static_cast<int>(axis)), [&](Index i) {
    at[axis] = {i, 0, {}};
    inside(static_cast<int>(axis), at, [&] { sum(axis + 1, at, tile, body); });
  });
}

void ContractLowering::sum_innermost(int axis, Coords& at, const TileRows& tile,
                                     const std::function<void()>& body) {
  const int64_t extent = space_[axis], width = summed_width(axis);
  const int64_t blocks = extent / width;
  code_.loop(blocks, [&](Index block) {
    sum_stretch(axis, block * width, width, blocks > 1 ? width : 0, at, tile, body);
  });
  if (extent % width != 0) sum_stretch(axis, Index{blocks * width, {}}, extent % width, 0, at, tile, body);
}

/// `count` terms from `start`, four at a time; `next`: how far on the next stretch begins, 0 if there is
/// none.
void ContractLowering::sum_stretch(int axis, const Index& start, int64_t count, int64_t next, Coords& at,
                                   const TileRows& tile, const std::function<void()>& body) {
  code_.loop(count / terms_at_once, [&](Index step) {
    prefetch(axis, start, step, next, at, tile);
    for (int term = 0; term < terms_at_once; ++term) {
      at[axis] = {start + step * terms_at_once + term, 0, {}};
      inside(axis, at, body);
    }
  });
  for (int64_t term = count / terms_at_once * terms_at_once; term < count; ++term) {
    at[axis] = {start + term, 0, {}};
    inside(axis, at, body);
  }
}

Address ContractLowering::address_of(const Side& side, const Coords& at) {
  if (transposed_ && &side == &vector_) return memory_.address_of(*transposed_, in_transposed(at));
  return memory_.address_of(side.stored, mapped(code_, *side.read.map, at));
}

Address ContractLowering::place_of_sum(Coords at, const Index& lane) {
  at.resize(rank_);
  at[roles_.lane_axis] = {lane, 1, {}};
  return result_ ? memory_.address_of(*result_, at) : memory_.address_of(block_, at);
}

void ContractLowering::fill_tile(const Index& first_row, int rows, int vectors, Coords at, const Index& panel,
                                 const Index& first_lane) {
  panel_start_ = panel * layout_.width;
  const Index lane = panel_start_ + first_lane;
  const int points = rows * jammed();
  const auto go_to = [&](int point) {
    at[roles_.row_axis] = {first_row + point / jammed(), 0, {}};
    int place = point % jammed();
    for (int axis : roles_.jam_axes) {
      const int extent = static_cast<int>(space_[axis]);
      at[axis] = {Index{place % extent, {}}, 0, {}};
      place /= extent;
    }
  };
  const auto place_of = [&](int i) {
    go_to(i / vectors);
    return place_of_sum(at, lane + i % vectors * lanes);
  };
  std::vector<Reg> sums;
  for (int i = 0; i < points * vectors; ++i) {
    sums.push_back(code_.fresh({DType::f32, true}));
    if (slab_ && !slab_->begins) {
      code_.emit(loop::Load{sums.back(), place_of(i), {}});
    } else {
      code_.emit(loop::Literal{sums.back(), 0});
    }
  }
  const auto term = [&] {
    const bool is_first = roles_.vector_side == 0;
    std::vector<Reg> right, left;
    if (!vector_.rows) right = factors(vector_, at, lane, vectors);
    if (!other_.rows) left = factors(other_, at, lane, vectors);
    for (int point = 0; point < points; ++point) {
      go_to(point);
      if (vector_.rows) right = factors(vector_, at, lane, vectors);
      if (other_.rows) left = factors(other_, at, lane, vectors);
      for (int j = 0; j < vectors; ++j) {
        const Reg acc = sums[point * vectors + j];
        std::vector<Reg> args{left[j], right[j], acc};
        if (is_first) std::swap(args[0], args[1]);
        code_.emit(loop::Compute{acc, Fn::fma, std::move(args)});
      }
    }
  };
  const TileRows tile_rows{first_row, rows};
  if (slab_) {
    const int last = static_cast<int>(space_.size()) - 1;
    sum_stretch(last, slab_->start, slab_->count, slab_->next, at, tile_rows, term);
  } else {
    inside(rank_ - 1, at, [&] { sum(rank_, at, tile_rows, term); });
  }
  for (int i = 0; i < points * vectors; ++i) code_.store(place_of(i), sums[i], {});
}

/// What a side gives to the tile's vectors at a row: sixteen neighbours each, or one element to all.
std::vector<Reg> ContractLowering::factors(const Side& side, Coords at, const Index& lane, int vectors) {
  if (!side.lanes) {
    at[roles_.lane_axis] = {lane, 0, {}};
    const Reg scalar = code_.fresh({DType::f32, false}), spread = code_.fresh({DType::f32, true});
    code_.emit(loop::Load{scalar, address_of(side, at), {}});
    code_.emit(loop::Splat{spread, scalar});
    return std::vector<Reg>(vectors, spread);
  }
  std::vector<Reg> found;
  for (int j = 0; j < vectors; ++j) {
    at[roles_.lane_axis] = {lane + j * lanes, 1, {}};
    found.push_back(code_.fresh({DType::f32, true}));
    code_.emit(loop::Load{found.back(), address_of(side, at), {}});
  }
  return found;
}

}  // namespace cgan_jit
