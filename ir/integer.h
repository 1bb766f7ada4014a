#pragma once

#include <cstdint>

namespace cgan_jit {

/// a / b, rounded down; b != 0.
constexpr int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }
/// a / b, rounded up; b != 0.
constexpr int64_t ceil_div(int64_t a, int64_t b) { return -floor_div(-a, b); }
/// The smallest multiple of `multiple` that is no less than `count`; multiple > 0.
constexpr int64_t round_up(int64_t count, int64_t multiple) { return ceil_div(count, multiple) * multiple; }

}  // namespace cgan_jit
