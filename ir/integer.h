#pragma once

#include <cstdint>

namespace cgan_jit {

/// a / b, rounded down; b != 0.
constexpr int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }
/// a / b, rounded up; b != 0.
constexpr int64_t ceil_div(int64_t a, int64_t b) { return -floor_div(-a, b); }
/// The smallest multiple of `multiple` that is no less than `count`; multiple > 0.
constexpr int64_t round_up(int64_t count, int64_t multiple) { return ceil_div(count, multiple) * multiple; }

/// a + b and a * b modulo 2^64.
constexpr int64_t wrapped_sum(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
constexpr int64_t wrapped_product(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}
/// a + b and a * b, or the end of 64 bits that they lie beyond.
constexpr int64_t saturated_sum(int64_t a, int64_t b) {
  int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? (a < 0 ? INT64_MIN : INT64_MAX) : sum;
}
constexpr int64_t saturated_product(int64_t a, int64_t b) {
  int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? ((a < 0) != (b < 0) ? INT64_MIN : INT64_MAX) : product;
}

}  // namespace cgan_jit
