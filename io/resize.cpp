#include "io/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>

// The hot loops are compiled for AVX2, too, and the machine picks; the integers are the same either way.
#if defined(__x86_64__) && defined(__gnu_linux__)
#define CGAN_JIT_FOR_EACH_MACHINE __attribute__((target_clones("avx2", "default")))
#else
#define CGAN_JIT_FOR_EACH_MACHINE
#endif

namespace cgan_jit::io {
namespace {

// Pictures are resized 32 at a time, their bytes side by side ("woven": [pixel][32 pictures]), so that every
// sum of the filter is one of vectors, in any direction and at any ratio of sizes. A woven pixel is 8 words
// of 4 bytes, and takes apart and together by shifts.
constexpr int lanes = 32, tile = 16;
using Tile = uint8_t __attribute__((vector_size(tile)));
using Words = uint32_t __attribute__((vector_size(lanes)));
struct alignas(lanes) Woven {
  uint8_t bytes[lanes];
};

constexpr int weight_bits = 22;

/// One output pixel along one axis: inputs first .. first + weights.size() - 1.
struct Taps {
  int first = 0;
  std::vector<uint32_t> weights;
};

double triangle(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

Taps taps_of(int at, int in, int out) {
  const double scale = static_cast<double>(in) / out, reach = std::max(scale, 1.0);
  const double center = (at + 0.5) * scale;
  const int first = std::max(0, static_cast<int>(center - reach + 0.5));
  const int end = std::min(in, static_cast<int>(center + reach + 0.5));
  std::vector<double> weights;
  double sum = 0;
  for (int i = first; i < end; ++i) {
    weights.push_back(triangle((i - center + 0.5) * (1.0 / reach)));
    sum += weights.back();
  }
  Taps taps{first, {}};
  for (double weight : weights) {
    taps.weights.push_back(static_cast<uint32_t>(0.5 + weight / sum * (1 << weight_bits)));
  }
  return taps;
}

std::vector<Taps> taps_of_axis(int in, int out) {
  std::vector<Taps> axis;
  for (int at = 0; at < out; ++at) axis.push_back(taps_of(at, in, out));
  return axis;
}

/// Four rounds, each of which interleaves the upper half of the rows with the lower one.
inline __attribute__((always_inline)) void transpose(Tile (&rows)[tile]) {
  for (int round = 0; round < 4; ++round) {
    Tile mixed[tile];
    for (int i = 0; i < tile / 2; ++i) {
      const Tile a = rows[i], b = rows[i + tile / 2];
      mixed[2 * i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      mixed[2 * i + 1] =
          __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    std::memcpy(rows, mixed, sizeof mixed);
  }
}

/// [32][pixels] -> [pixels][32], the latter with room for whole tiles of 16 pixels.
CGAN_JIT_FOR_EACH_MACHINE void weave(const uint8_t* pictures, int64_t pixels, Woven* woven) {
  for (int64_t first = 0; first < pixels; first += tile) {
    const auto width = static_cast<size_t>(std::min<int64_t>(tile, pixels - first));
    for (int half = 0; half < lanes; half += tile) {
      Tile rows[tile] = {};
      for (int i = 0; i < tile; ++i) std::memcpy(&rows[i], pictures + (half + i) * pixels + first, width);
      transpose(rows);
      for (int i = 0; i < tile; ++i) std::memcpy(woven[first + i].bytes + half, &rows[i], tile);
    }
  }
}

/// [pixels][32] -> [32][pixels].
CGAN_JIT_FOR_EACH_MACHINE void unweave(const Woven* woven, int64_t pixels, uint8_t* pictures) {
  for (int64_t first = 0; first < pixels; first += tile) {
    const auto width = static_cast<size_t>(std::min<int64_t>(tile, pixels - first));
    for (int half = 0; half < lanes; half += tile) {
      Tile rows[tile];
      for (int i = 0; i < tile; ++i) std::memcpy(&rows[i], woven[first + i].bytes + half, tile);
      transpose(rows);
      for (int i = 0; i < tile; ++i) std::memcpy(pictures + (half + i) * pixels + first, &rows[i], width);
    }
  }
}

inline __attribute__((always_inline)) void round_to_byte(Words& sum) {
  sum >>= weight_bits;
  sum = sum > 255 ? Words{} + 255 : sum;
}

/// One output pixel of 32 pictures, its inputs `stride` pixels apart. The weights are at least 0 and add up
/// to nearly 1, so that a sum fits 32 bits.
inline __attribute__((always_inline)) void filter(const Woven* in, int64_t stride, const Taps& taps,
                                                  Woven* out) {
  Words sum0 = Words{} + (1 << (weight_bits - 1)), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  in += taps.first * stride;
  for (uint32_t weight : taps.weights) {
    Words packed;
    std::memcpy(&packed, in->bytes, lanes);
    sum0 += (packed & 255) * weight;
    sum1 += (packed >> 8 & 255) * weight;
    sum2 += (packed >> 16 & 255) * weight;
    sum3 += (packed >> 24) * weight;
    in += stride;
  }
  round_to_byte(sum0);
  round_to_byte(sum1);
  round_to_byte(sum2);
  round_to_byte(sum3);
  const Words packed = sum0 | sum1 << 8 | sum2 << 16 | sum3 << 24;
  std::memcpy(out->bytes, &packed, lanes);
}

/// [rows][cols] -> [rows][axis.size()].
CGAN_JIT_FOR_EACH_MACHINE void filter_rows(const Woven* in, int rows, int cols, const std::vector<Taps>& axis,
                                           Woven* out) {
  for (int row = 0; row < rows; ++row) {
    for (const Taps& taps : axis) filter(in + int64_t{row} * cols, 1, taps, out++);
  }
}

/// [rows][cols] -> [axis.size()][cols].
CGAN_JIT_FOR_EACH_MACHINE void filter_columns(const Woven* in, int cols, const std::vector<Taps>& axis,
                                              Woven* out) {
  for (const Taps& taps : axis) {
    for (int col = 0; col < cols; ++col) filter(in + col, cols, taps, out++);
  }
}

void expect_pictures(size_t bytes, Extent from, Extent to) {
  if (from.rows <= 0 || from.cols <= 0 || to.rows <= 0 || to.cols <= 0) {
    throw Error("resize: from {} x {} to {} x {} pixels: every side must be positive", from.rows, from.cols,
                to.rows, to.cols);
  }
  if (bytes % (static_cast<size_t>(from.rows) * from.cols) != 0) {
    throw Error("resize: {} bytes are no whole number of pictures of {} x {}", bytes, from.rows, from.cols);
  }
}

/// Room for whole tiles.
std::vector<Woven> woven_pictures(int64_t pixels) {
  return std::vector<Woven>((pixels + tile - 1) / tile * tile);
}

}  // namespace

std::vector<uint8_t> resize_bilinear(std::span<const uint8_t> pictures, Extent from, Extent to) {
  expect_pictures(pictures.size(), from, to);
  const std::vector<Taps> across = taps_of_axis(from.cols, to.cols), down = taps_of_axis(from.rows, to.rows);
  const int64_t in_pixels = int64_t{from.rows} * from.cols, out_pixels = int64_t{to.rows} * to.cols;
  const int64_t count = static_cast<int64_t>(pictures.size()) / in_pixels;

  std::vector<Woven> in = woven_pictures(in_pixels), wide = woven_pictures(int64_t{from.rows} * to.cols),
                     out = woven_pictures(out_pixels);
  const auto resize_32 = [&](const uint8_t* source, uint8_t* result) {
    weave(source, in_pixels, in.data());
    filter_rows(in.data(), from.rows, from.cols, across, wide.data());
    filter_columns(wide.data(), to.cols, down, out.data());
    unweave(out.data(), out_pixels, result);
  };

  std::vector<uint8_t> resized(count * out_pixels);
  const int64_t whole = count / lanes * lanes;
  for (int64_t i = 0; i < whole; i += lanes)
    resize_32(pictures.data() + i * in_pixels, resized.data() + i * out_pixels);
  if (whole == count) return resized;

  std::vector<uint8_t> last(lanes * in_pixels), last_resized(lanes * out_pixels);
  std::copy(pictures.begin() + whole * in_pixels, pictures.end(), last.begin());
  resize_32(last.data(), last_resized.data());
  std::copy_n(last_resized.begin(), (count - whole) * out_pixels, resized.begin() + whole * out_pixels);
  return resized;
}

}  // namespace cgan_jit::io
