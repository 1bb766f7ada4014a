#pragma once

#include "passes/lower/context.h"
#include "passes/lower/cost.h"

namespace cgan_jit {

/// A tiled contraction: fills a block of rows x (other result axes) x lanes in scratch by register tiles that
/// sum over everything in one go.
class ContractLowering {
 public:
  explicit ContractLowering(KernelContext& in);

  const Tile& tile() const { return tile_; }
  /// Fewer rows are no tile.
  int least_rows() const;
  /// Of the block, for one coordinate of the unit's axis and all lanes.
  int64_t bytes_per_row() const;
  /// The panel width that the broadcast side's rows come in, or 0.
  int64_t row_alignment() const;
  /// The sum has more terms than the L1 holds, and may be cut into slabs: parts that all tiles of a block add
  /// before the next.
  bool is_long() const;

  /// From now on `fill` is for one place of this axis of the result: what `place` is then.
  void fix(int axis, const loop::Index& place) {
    fixed_axis_ = axis;
    fixed_ = &place;
  }
  /// Makes room for `rows` coordinates of the unit's axis; the block holds all panels, or (one_panel) the
  /// panel at hand.
  void reserve(int64_t rows, bool one_panel);
  /// Values that the block's epilogue reads and overwrites, at the block's own elements: they are fetched
  /// while the block is summed up.
  void fetch_ahead(std::vector<Stored> places) { fetched_ = std::move(places); }
  /// With a vector side whose lanes lie elsewhere, and a short sum: brings panel `panel` of it into scratch,
  /// lanes innermost.
  void begin_panel(const loop::Index& panel);
  /// Nothing is made of the product and it lies as its tiles do, so that they go straight to memory: the
  /// block has no room.
  bool writes_result() const { return result_.has_value(); }
  /// Fills the block: coordinates first .. + count of the unit's axis; panel: the one at hand, which was
  /// begun, or nothing for all.
  void fill(const loop::Index& first, int64_t count, const std::optional<loop::Index>& panel);

 private:
  static constexpr int terms_at_once = 4;                // of a sum, in one turn of the innermost loop
  static constexpr int64_t least_terms_of_a_place = 32;  // of a window, that are worth a slab

  /// The part of the sum at hand: terms start .. + count of the innermost summed axis, at a point of the
  /// others.
  struct Slab {
    loop::Index start;
    int64_t count = 0, next = 0;  // how far on the next begins, 0 if that is elsewhere
    loop::Index tile;             // the tile at hand, of so many
    int64_t tiles = 1;
    bool begins = false;  // the sums
  };
  struct TileRows {
    loop::Index first;
    int count = 0;
  };
  /// An operand, and along which of a tile's axes it is walked.
  struct Side {
    Read read;
    Stored stored;
    bool lanes = false, rows = false;
  };

  void fill_block(const loop::Index& first, int64_t count, const std::optional<loop::Index>& panel);
  bool may_be_cut() const;
  int64_t terms_in_l1() const { return l1_bytes_ / 2 / ((layout_.width + row_alignment()) * 4); }
  int64_t terms_of_a_slab(int64_t rows) const;
  void fill_panel(const loop::Index& first, int64_t count, Coords& at, const loop::Index& panel);
  void fill_batch(size_t axis, const loop::Index& first, int64_t count, Coords& at, const loop::Index& panel);
  void result_loop(int axis, const loop::Index& first, int64_t count, Coords& at,
                   const std::function<void()>& body);
  bool begins_with_zeros() const;
  void each_slab(int axis, Coords& at, const std::function<void()>& body);
  void fill_others(int axis, const loop::Index& first, int64_t count, Coords& at, const loop::Index& panel);
  void fill_tiles(const loop::Index& first_row, int64_t rows, Coords& at, const loop::Index& panel);
  bool is_set(int axis) const;
  std::vector<int> heights_of_last_tiles(int64_t rows) const;
  void fill_tile(const loop::Index& first_row, int rows, int vectors, Coords at, const loop::Index& panel,
                 const loop::Index& first_lane);
  std::vector<loop::Reg> factors(const Side& side, Coords at, const loop::Index& lane, int vectors);
  loop::Address place_of_sum(Coords at, const loop::Index& lane);
  int known_after(const TermGuard& guard) const;
  /// `body`, but for points that lead outside of an operand: what is known once the loop over `axis` stands.
  void inside(int axis, const Coords& at, const std::function<void()>& body);
  void inside_of_slab(const Coords& at, const std::function<void()>& body);
  void sum(size_t axis, Coords& at, const TileRows& tile, const std::function<void()>& body);
  void sum_innermost(int axis, Coords& at, const TileRows& tile, const std::function<void()>& body);
  void sum_stretch(int axis, const loop::Index& start, int64_t count, int64_t next, Coords& at,
                   const TileRows& tile, const std::function<void()>& body);
  void prefetch(int axis, const loop::Index& start, const loop::Index& step, int64_t next, Coords at,
                const TileRows& tile);
  void prefetch_panels(int axis, const loop::Index& start, const loop::Index& step, Coords at);
  void prefetch_next_slab(const loop::Index& step, Coords at);
  Side side(int operand) const;
  std::optional<Stored> place_of_tiles() const;
  loop::Address address_of(const Side& side, const Coords& at);
  bool is_one_row() const { return space_[roles_.row_axis] * jammed() == 1; }
  /// Places of the jammed axes.
  int jammed() const;
  int64_t summed_width(int axis) const;
  ScratchBlock transposed_block();
  void transpose(const loop::Index& panel, const Coords& at);
  void transpose_lanes(const loop::Index& first_lane, Coords at, bool whole);
  void fetch_next_transposed(Coords at);
  Coords in_transposed(const Coords& at) const;

  KernelContext& in_;
  loop::KernelWriter& code_;
  KernelMemory& memory_;
  const Value contract_;
  const Node& node_;
  const ContractRoles roles_;
  const Shape space_;
  const int rank_;
  const Layout layout_;
  const int unit_axis_;  // of the result: along which units are cut, or a block's rows in a unit of panels
  const int64_t l1_bytes_;
  Side vector_, other_;
  Tile tile_;
  int fixed_axis_ = -1;
  const loop::Index* fixed_ = nullptr;
  int lane_summed_axis_ = -1;  // transposed: the summed axis that lies in lanes in memory
  ScratchBlock block_;
  std::optional<Stored> result_;            // where tiles are written instead
  std::optional<ScratchBlock> transposed_;  // [summed axes][lanes of a panel]
  std::vector<Stored> fetched_;
  std::vector<TermGuard> guards_;
  int64_t slab_terms_ = 0;
  std::optional<Slab> slab_;
  loop::Index panel_start_;  // first lane of the panel at hand
};

}  // namespace cgan_jit
