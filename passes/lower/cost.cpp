#include "passes/lower/cost.h"

#include <algorithm>
#include <numeric>

#include "ir/integer.h"
#include "passes/products/roles.h"

namespace cgan_jit {
namespace {

constexpr int most_of_a_row = 16;            // where there is but one
constexpr int most_sums = 20;                // of a tile that holds all rows, in 32 registers
constexpr int sums_in_registers = 24;        // beside a row of the vector operand and a broadcast
constexpr int narrow_sums_in_registers = 6;  // of two registers each
constexpr int random_words = 4;              // that one Philox block gives to neighbouring rows
constexpr int64_t least_rows = 16;           // of a unit
constexpr int64_t least_units = 16;          // before units have more rows
constexpr int64_t least_unit_bytes = 16384;  // or as many rows
// Adam on a matrix of 2048 x 2048 (Zen 3): 26 GB/s by runs of 512 bytes, 37 by 8 KB, 39 by 16 KB.
constexpr int64_t long_run = 16384;  // bytes
constexpr int64_t many_units = 64;

}  // namespace

Tile tile_for(const Target& target, int vectors, int64_t rows, int jammed, bool adjacent) {
  const bool is_wide = target.vector_floats >= 16;
  if (rows * jammed == 1)
    return {1, static_cast<int>(ceil_div(vectors, ceil_div(vectors, is_wide ? most_of_a_row : 4)))};
  if (!is_wide && rows * jammed >= 3) return {std::max(1, 6 / jammed), 1};
  constexpr int rows_of[] = {0, 12, 8, 8, 4};
  const int width = std::min(vectors, is_wide ? 4 : 2);
  if (is_wide && rows * jammed * width <= most_sums) return {static_cast<int>(rows), width};
  if (width == 4 && adjacent && jammed == 1) return {6, 4};
  const int fitting = std::max(1, rows_of[width] / jammed);
  return {fitting * jammed * width < least_sums ? fitting + 1 : fitting, width};
}

int most_sums_of_a_tile(const Target& target) {
  return target.vector_floats >= 16 ? sums_in_registers : narrow_sums_in_registers;
}

int64_t rows_per_unit(const Target& target, int tile_rows, int least_rows_of_a_tile, int64_t rows,
                      int64_t bytes_per_row, int64_t panels, int64_t aligned) {
  if (aligned > 0) return std::min(rows, aligned);
  const int64_t step = std::lcm(tile_rows, random_words), share = panels > 1 ? 4 : 8;
  const int64_t cached =
      std::max<int64_t>(1, target.l2_bytes / share / std::max<int64_t>(1, bytes_per_row) / step) * step;
  const int64_t wanted =
      std::clamp<int64_t>(rows / least_units, least_rows, least_rows * std::min<int64_t>(panels, 4));
  int64_t count = std::min({rows, cached, round_up(wanted, step)});
  // The last unit has tiles to fill, too.
  const int64_t enough = std::max(tile_rows * 2 / 3, least_rows_of_a_tile);
  while (rows % count != 0 && rows % count < enough) count = std::min(rows, count + step);
  return count;
}

int64_t rows_per_plain_unit(const Target& target, int64_t step, int64_t rows, int64_t bytes_per_row) {
  const int64_t bytes = std::max<int64_t>(1, bytes_per_row);
  const int64_t cached = std::max<int64_t>(1, target.l2_bytes / 8 / bytes / step) * step;
  const int64_t wanted = std::min(least_rows, ceil_div(least_unit_bytes, bytes));
  return std::min({rows, cached, round_up(wanted, step)});
}

int64_t rows_per_run(int64_t step, int64_t rows, int64_t width) {
  return round_up(std::min(ceil_div(long_run, width * 4), ceil_div(rows, many_units)), step);
}

}  // namespace cgan_jit
