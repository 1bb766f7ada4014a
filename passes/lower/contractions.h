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
  int64_t bytes_per_row() const;
  /// The panel width that the broadcast side's rows come in, or 0.
  int64_t row_alignment() const;

  /// Makes room for `rows` rows; the block holds all panels, or (one_panel) the panel at hand.
  void reserve(int64_t rows, bool one_panel);
  /// With a vector side whose lanes lie elsewhere: brings panel `panel` of it into scratch, lanes innermost.
  void transpose(const loop::Index& panel);
  /// Values that the block's epilogue reads and overwrites, at the block's own elements: they are fetched
  /// while the block is summed up.
  void fetch_ahead(std::vector<Stored> places) { fetched_ = std::move(places); }
  /// Fills the block: rows first_row .. + rows; panel: the one at hand, or nothing for all.
  void fill(const loop::Index& first_row, int64_t rows, const std::optional<loop::Index>& panel);

 private:
  /// A part of the sum that all tiles add before the next.
  struct Stretch {
    loop::Index start;
    int64_t count = 0, next = 0;
    bool first = false;
    loop::Index tile;
    int64_t tiles = 1;
  };
  struct TileRows {
    loop::Index first;
    int count = 0;
  };

  void fill_panel(const loop::Index& first_row, int64_t rows, Coords& at, const loop::Index& panel);
  void fill_tile(const loop::Index& first_row, int rows, int vectors, Coords at, const loop::Index& panel,
                 const loop::Index& first_lane);
  int64_t terms_at_a_time(int64_t rows) const;
  void fill_tiles(const loop::Index& first_row, int64_t rows, Coords& at, const loop::Index& panel);
  loop::Address place_of_sum(const loop::Index& row, Coords at, const loop::Index& lane);
  /// `body`, but for points that lead outside of an operand: what is known once the loop over `axis` stands.
  void inside(int axis, const Coords& at, const std::function<void()>& body);
  void sum(size_t axis, Coords& at, const TileRows& tile, const std::function<void()>& body);
  void sum_innermost(int axis, Coords& at, const TileRows& tile, const std::function<void()>& body);
  void sum_stretch(int axis, const loop::Index& start, int64_t count, int64_t next, Coords& at,
                   const TileRows& tile, const std::function<void()>& body);
  void prefetch(int axis, const loop::Index& start, const loop::Index& step, int64_t next, Coords at,
                const TileRows& tile);
  void prefetch_next_stretch(const loop::Index& step, Coords at);
  loop::Address vector_address(const Coords& at);
  loop::Address scalar_address(const Coords& at);
  int64_t summed_width(int axis) const;
  void transpose_lanes(const loop::Index& first_lane, bool whole);
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
  const int64_t l1_bytes_;
  Read vector_read_, scalar_read_;
  Stored vector_, scalar_;
  Tile tile_;
  int lane_summed_axis_ = -1;  // transposed: the summed axis that lies in lanes in memory
  ScratchBlock block_;
  std::optional<ScratchBlock> transposed_;  // [summed axes][lanes of a panel]
  std::vector<Stored> fetched_;
  std::vector<TermGuard> guards_;
  std::optional<Stretch> stretch_;
  loop::Index panel_start_;  // first lane of the panel at hand
};

}  // namespace cgan_jit
