#pragma once

#include "passes/lower/cost.h"
#include "passes/lower/values.h"

namespace cgan_jit {

/// A tiled contraction: fills a block of rows x (other result axes) x lanes in scratch by register tiles that
/// sum over everything in one go.
class ContractLowering {
 public:
  ContractLowering(ValueLowering& values, Value contract, const ContractRoles& roles, const Target& target);

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
  void fetch_ahead(std::vector<Home> homes) { fetched_ = std::move(homes); }
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

  void fill_panel(const loop::Index& first_row, int64_t rows, std::vector<Coord>& at,
                  const loop::Index& panel);
  void fill_tile(const loop::Index& first_row, const loop::Index& block_row, int rows, int vectors,
                 std::vector<Coord> at, const loop::Index& panel, const loop::Index& first_lane);
  int64_t terms_at_a_time(int64_t rows) const;
  void fill_tiles(const loop::Index& first_row, int64_t rows, std::vector<Coord>& at,
                  const loop::Index& panel);
  loop::Address place_of_sum(const loop::Index& block_row, const std::vector<Coord>& at,
                             const loop::Index& panel, const loop::Index& first_lane, int row,
                             int vector) const;
  /// `body`, but for points that lead outside of an operand: what is known once the loop over `axis` stands.
  void inside(int axis, const std::vector<Coord>& at, const std::function<void()>& body);
  void sum(size_t axis, std::vector<Coord>& at, const TileRows& tile, const std::function<void()>& body);
  void sum_innermost(int axis, std::vector<Coord>& at, const TileRows& tile,
                     const std::function<void()>& body);
  void sum_stretch(int axis, const loop::Index& start, int64_t count, int64_t next, std::vector<Coord>& at,
                   const TileRows& tile, const std::function<void()>& body);
  void prefetch(int axis, const loop::Index& start, const loop::Index& step, int64_t next,
                std::vector<Coord> at, const TileRows& tile);
  void prefetch_next_stretch(const loop::Index& step, std::vector<Coord> at);
  loop::Address vector_address(const std::vector<Coord>& at);
  loop::Address scalar_address(const std::vector<Coord>& at);
  int64_t summed_width(int axis) const;
  void transpose_lanes(const loop::Index& panel, const loop::Index& first_lane, bool whole);
  loop::Index transposed_offset(const std::vector<Coord>& at) const;

  ValueLowering& values_;
  loop::KernelWriter& code_;
  const Value contract_;
  const Node& node_;
  const ContractRoles roles_;
  const Shape space_;
  const int rank_;
  const Layout layout_;
  const int64_t l1_bytes_;
  Read vector_read_, scalar_read_;
  Home vector_home_, scalar_home_;
  Tile tile_;
  int lane_summed_axis_ = -1;  // transposed: the summed axis that lies in lanes in memory
  std::vector<int64_t> transposed_strides_;
  std::optional<loop::Buf> transposed_;
  std::vector<Home> fetched_;
  std::vector<TermGuard> guards_;
  std::optional<Stretch> stretch_;
  loop::Index panel_start_;  // first lane of the panel at hand
};

}  // namespace cgan_jit
