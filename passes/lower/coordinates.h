#pragma once

#include <optional>
#include <vector>

#include "ir/index_map.h"
#include "passes/lower/kernel_writer.h"

namespace cgan_jit {

constexpr int64_t lanes = loop::lanes;  // extents are int64_t

/// A coordinate while loops are written: index + lane * (0..15) + plus (i32, scalar or vector).
struct Coord {
  loop::Index index;
  int64_t lane = 0;
  std::optional<loop::Reg> plus;
};
using Coords = std::vector<Coord>;

/// The sixteen lanes are at different points.
bool is_vector(const loop::KernelWriter& code, const Coords& at);
/// The coordinate as an i32.
loop::Reg value_of(loop::KernelWriter& code, const Coord& coord);
/// The coordinates where the map leads from `at`.
Coord mapped(loop::KernelWriter& code, const Affine& affine, const Coords& at);
Coords mapped(loop::KernelWriter& code, const IndexMap& map, const Coords& at);
/// The number of the element `at`, counted row-major, and back.
Coord flatten(loop::KernelWriter& code, const Shape& shape, const Coords& at);
Coords unflatten(loop::KernelWriter& code, Coord linear, const Shape& shape);

}  // namespace cgan_jit
