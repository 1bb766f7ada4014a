#pragma once

#include <cstdint>

#include "ir/target.h"

namespace cgan_jit {

/// A register tile of a contraction: rows x vectors of 16 floats of accumulators.
struct Tile {
  int rows = 4;
  int vectors = 4;
};

/// The tile for blocks of `vectors` vectors of 16 floats: accumulators, one row of the vector operand and one
/// broadcast fit the registers. `adjacent`: a tile's rows lie side by side in the broadcast operand, so that
/// every term of a sum costs a line of the cache, and higher tiles need fewer. Of `rows` there may be fewer
/// than fill a tile; each counts for `jammed`.
Tile tile_for(const Target& target, int vectors, int64_t rows, int jammed, bool adjacent);

/// Vectors of sums that fit the registers beside what a tile reads.
int most_sums_of_a_tile(const Target& target);

/// Rows that a unit holds in cache while it finishes them: a multiple of `tile_rows`, fewer as
/// `bytes_per_row` grows; more where every unit reads many `panels`, so that fewer do, or where the last unit
/// would have fewer than a tile needs. `aligned`: rows come in panels of this width (0: no matter).
int64_t rows_per_unit(const Target& target, int tile_rows, int least_rows_of_a_tile, int64_t rows,
                      int64_t bytes_per_row, int64_t panels, int64_t aligned);
/// The same without a product: a multiple of `step`.
int64_t rows_per_plain_unit(const Target& target, int64_t step, int64_t rows, int64_t bytes_per_row);
/// The same where each element is met once, panel by panel: rows that lie in one run of memory long enough
/// for the processor to foresee, if enough units are left for many threads.
int64_t rows_per_run(int64_t step, int64_t rows, int64_t width);

}  // namespace cgan_jit
