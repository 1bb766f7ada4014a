#pragma once

#include <string>
#include <vector>

#include "ir/index_map.h"
#include "ir/type.h"

namespace cgan_jit {

/// Where the elements of a value lie in a buffer: at base + the sum over axes of coordinate * stride, in
/// elements. One axis, `lane_axis`, may be cut into blocks: it adds (c / width) * block_stride + c % width
/// instead, where c = coordinate + lane_shift.
struct Home {
  int64_t base = 0;
  std::vector<int64_t> strides;  // of each axis; of the lane axis inside a block
  int lane_axis = -1;            // -1: none
  int64_t width = 1;
  int64_t block_stride = 0;  // 0: one block
  int64_t lane_shift = 0;    // of one that is cut
  bool padded = false;       // whole vectors of 16 may be read and written up to the end of the last block

  /// The axis is in blocks that lie apart: its coordinate has no one stride.
  bool cuts(int axis) const { return axis == lane_axis && block_stride != 0; }
  bool is_cut() const { return lane_axis >= 0 && block_stride != 0; }
  bool operator==(const Home&) const = default;
};

/// The home of a value that fills a buffer alone.
Home whole_home(const Shape& shape, const Layout& layout);
/// The home of a part at `offset` along `axis` of the whole.
Home part_home(Home whole, int axis, int64_t offset);
/// The home of a value whose axis i is the axis axes[i] of the value at `home`; -1: an axis of extent 1 that
/// this one lacks. Axes of `home` that `axes` does not name have extent 1.
Home renamed_home(const Home& home, const std::vector<int>& axes);
/// A block in scratch lies as [rows][the others, row-major][inner][lanes].
struct BlockAxes {
  int rows, lanes;  // rows -1: none; lanes may be rows where there are no lanes
  int inner = -1;   // -1: none
};
/// A block with room for `lane_extent` lanes (a multiple of 16), all side by side.
Home block_home(const Shape& shape, const BlockAxes& axes, int64_t lane_extent);
/// Its elements, for `rows` rows.
int64_t block_elements(const Shape& shape, const BlockAxes& axes, int64_t lane_extent, int64_t rows);

/// Where the element `at` lies.
int64_t offset_of(const Home& home, const std::vector<int64_t>& at);
/// How far a step on `axis` of a domain leads through `map`, within a block.
int64_t stride_along(const Home& home, const IndexMap& map, int axis);

/// "from 48 strides [1, 64] axis 1 in blocks of 64, 2048 apart".
std::string to_string(const Home& home);

}  // namespace cgan_jit
