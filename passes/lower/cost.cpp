#include "passes/lower/cost.h"

#include <algorithm>
#include <numeric>

#include "ir/integer.h"

namespace cgan_jit {
namespace {

constexpr int random_words = 4;  // that one Philox block gives to neighbouring rows

}  // namespace

Tile tile_for(const Target& target, int vectors, bool adjacent) {
  if (target.vector_floats < 16) return {6, 1};
  constexpr int rows_of[] = {0, 12, 8, 8, 4};
  const int width = vectors >= 4 ? 4 : vectors;
  if (width == 4 && adjacent) return {6, 4};
  return {rows_of[width], width};
}

int64_t rows_per_unit(const Target& target, int tile_rows, int64_t rows, int64_t bytes_per_row,
                      int64_t aligned) {
  if (aligned > 0) return std::min(rows, aligned);
  const int64_t step = std::lcm(tile_rows, random_words);
  const int64_t cached =
      std::max<int64_t>(1, target.l2_bytes / 8 / std::max<int64_t>(1, bytes_per_row) / step) * step;
  const int64_t wanted = round_up(16, step);
  return std::min({rows, cached, wanted});
}

}  // namespace cgan_jit
