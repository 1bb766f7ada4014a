#pragma once

#include "ir/target.h"
#include "passes/program.h"

namespace cgan_jit {

/// Of large sums of products, whose results fill a tile's vectors, half of the lanes at work: contractions,
/// and sums over a product of which one factor is spread over axes of the other. Terms outside of a padding
/// are counted, too.
struct Multiplications {
  double needed = 0;    // as the interpreter does them
  double in_tiles = 0;  // in bodies of loops that have a tile's sums side by side; with idle lanes

  /// Of what is needed, what runs in tiles with at least half of the lanes at work.
  double useful() const;
};

/// Vectors of 16 independent sums that make a tile.
int least_sums_of_a_tile(const Target& target);

Multiplications multiplications_of(const Graph& graph, const LoweredKernel& kernel, const Target& target);
/// Of all kernels; `in_tiles` is what is useful.
Multiplications multiplications_of(const LoweredProgram& program, const Target& target);

}  // namespace cgan_jit
