#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace cgan_jit {

/// Where a value's elements are: root's start + base + sum over axes of coordinate * stride, all in elements.
/// The lane axis, if it is cut into blocks, adds (c / width) * block_stride + c % width instead, where c =
/// coordinate + lane_shift.
struct Home {
  int root = 0;
  int64_t base = 0;
  std::vector<int64_t> strides;
  int lane_axis = -1;  // -1: none
  int64_t width = 1;
  int64_t block_stride = 0;  // 0: one block
  int64_t lane_shift = 0;
  bool padded = false;  // whole vectors of 16 may be read and written up to the end of the last block
};

/// The home of a value that fills a root alone.
Home whole_home(int root, const Shape& shape, const Layout& layout);
/// The home of a part at `offset` along `axis` of the whole.
Home part_home(Home whole, int axis, int64_t offset);
/// The home of a renaming's base, given the home of the renamed value and its axes (passes/fuse/placement.h).
Home renamed_home(const Home& home, const std::vector<int>& axes);

/// Readers rely on a value's layout: a place where it lies otherwise can only be a copy.
bool lies_as_laid_out(const Node& node, const Home& home);

/// "root 3 from 48 strides [1, 64] axis 1 in blocks of 64, 2048 apart".
std::string to_string(const Home& home);

}  // namespace cgan_jit
