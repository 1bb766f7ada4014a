#include "io/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>

// The hot loops are compiled for AVX2, too, and the machine picks; the integers are the same either way. They
// call no templates and no inline functions of classes: clang 19 would not emit what only a clone calls.
// (Not under the thread sanitizer: whoever picks would run before it is there.)
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_THREAD__)
#define CGAN_JIT_FOR_EACH_MACHINE __attribute__((target_clones("avx2", "default")))
#else
#define CGAN_JIT_FOR_EACH_MACHINE
#endif

namespace cgan_jit::io {
namespace {

// Pictures are resized 32 at a time, their bytes side by side ("woven": [pixel][32 pictures]), so that every
// sum of the filter is one of vectors, in any direction and at any ratio of sizes. A woven pixel is 8 words
// of 4 bytes, and takes apart and together by shifts.
constexpr int lanes = Resizer::at_once, tile = 16;
using Tile = uint8_t __attribute__((vector_size(tile)));
struct alignas(lanes) Woven {
  uint8_t bytes[lanes];
};

/// One output pixel along one axis: inputs first .. first + count - 1.
struct Taps {
  int first = 0, count = 0;
  const uint32_t* weights = nullptr;
};

/// All output pixels along one axis.
struct Axis {
  std::vector<uint32_t> weights;  // of one behind the other
  std::vector<Taps> taps;
};

// Weights are at least 0 and add up to nearly 2^22, so that a sum fits 32 bits.
constexpr int weight_bits = 22;
using Words = uint32_t __attribute__((vector_size(lanes)));

double triangle(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

/// Appends the weights of an output pixel; the taps do not point to them yet.
Taps taps_of(int at, int in, int out, std::vector<uint32_t>& all_weights) {
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
  for (double weight : weights)
    all_weights.push_back(static_cast<uint32_t>(0.5 + weight / sum * (1 << weight_bits)));
  return {first, end - first};
}

Axis axis_of(int in, int out) {
  Axis axis;
  for (int at = 0; at < out; ++at) axis.taps.push_back(taps_of(at, in, out, axis.weights));
  const uint32_t* weights = axis.weights.data();
  for (Taps& taps : axis.taps) weights = (taps.weights = weights) + taps.count;
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

/// [32][pixels] -> [pixels][32].
CGAN_JIT_FOR_EACH_MACHINE void weave(const uint8_t* pictures, int64_t pixels, Woven* woven) {
  for (int half = 0; half < lanes; half += tile) {
    for (int64_t first = 0; first + tile <= pixels; first += tile) {
      Tile rows[tile];
      for (int i = 0; i < tile; ++i) std::memcpy(&rows[i], pictures + (half + i) * pixels + first, tile);
      transpose(rows);
      for (int i = 0; i < tile; ++i) std::memcpy(woven[first + i].bytes + half, &rows[i], tile);
    }
  }
  for (int64_t first = pixels / tile * tile; first < pixels; ++first) {
    for (int i = 0; i < lanes; ++i) woven[first].bytes[i] = pictures[i * pixels + first];
  }
}

/// [pixels][32] -> [32][pixels].
CGAN_JIT_FOR_EACH_MACHINE void unweave(const Woven* woven, int64_t pixels, uint8_t* pictures) {
  for (int half = 0; half < lanes; half += tile) {
    for (int64_t first = 0; first + tile <= pixels; first += tile) {
      Tile rows[tile];
      for (int i = 0; i < tile; ++i) std::memcpy(&rows[i], woven[first + i].bytes + half, tile);
      transpose(rows);
      for (int i = 0; i < tile; ++i) std::memcpy(pictures + (half + i) * pixels + first, &rows[i], tile);
    }
  }
  for (int64_t first = pixels / tile * tile; first < pixels; ++first) {
    for (int i = 0; i < lanes; ++i) pictures[i * pixels + first] = woven[first].bytes[i];
  }
}

/// One output pixel of 32 pictures, its inputs `stride` pixels apart. A word of pixels is taken apart into as
/// many sums as it has bytes.
inline __attribute__((always_inline)) void filter(const Woven* in, int64_t stride, const Taps& taps,
                                                  Woven* out) {
  constexpr int bytes = sizeof(Words{}[0]);
  Words sums[bytes];
  for (Words& sum : sums) sum = Words{} + (1 << (weight_bits - 1));
  in += taps.first * stride;
  for (int tap = 0; tap < taps.count; ++tap) {
    Words packed;
    std::memcpy(&packed, in->bytes, lanes);
    for (int i = 0; i < bytes; ++i) sums[i] += (packed >> 8 * i & 255) * taps.weights[tap];
    in += stride;
  }
  Words result{};
  for (int i = 0; i < bytes; ++i) {
    const Words rounded = sums[i] >> weight_bits;
    result |= (rounded > 255 ? Words{} + 255 : rounded) << 8 * i;
  }
  std::memcpy(out->bytes, &result, lanes);
}

/// [outer][size][inner] -> [outer][count][inner].
CGAN_JIT_FOR_EACH_MACHINE void filter_axis(const Woven* in, int outer, int64_t size, int64_t inner,
                                           const Taps* taps, int count, Woven* out) {
  for (int i = 0; i < outer; ++i, in += size * inner) {
    for (int at = 0; at < count; ++at) {
      for (int64_t j = 0; j < inner; ++j) filter(in + j, inner, taps[at], out++);
    }
  }
}

int64_t pixels_of(Extent extent) { return int64_t{extent.rows} * extent.cols; }

}  // namespace

struct Resizer::Plan {
  Extent from, to;
  int64_t in_pixels = pixels_of(from), out_pixels = pixels_of(to);
  Axis across = axis_of(from.cols, to.cols), down = axis_of(from.rows, to.rows);
  std::vector<Woven> in, wide, out;

  void resize_32(const uint8_t* pictures, uint8_t* resized) {
    weave(pictures, in_pixels, in.data());
    filter_axis(in.data(), from.rows, from.cols, 1, across.taps.data(), to.cols, wide.data());
    filter_axis(wide.data(), 1, from.rows, to.cols, down.taps.data(), to.rows, out.data());
    unweave(out.data(), out_pixels, resized);
  }

  void resize_some(const uint8_t* pictures, int64_t count, uint8_t* resized) {
    std::vector<uint8_t> padded(lanes * in_pixels), padded_resized(lanes * out_pixels);
    std::copy_n(pictures, count * in_pixels, padded.begin());
    resize_32(padded.data(), padded_resized.data());
    std::copy_n(padded_resized.begin(), count * out_pixels, resized);
  }

  // Not before there are pictures: their size may be a damaged header's.
  void make_room() {
    in.resize(in_pixels);
    wide.resize(int64_t{from.rows} * to.cols);
    out.resize(out_pixels);
  }
};

Resizer::Resizer(Extent from, Extent to) {
  if (from.rows <= 0 || from.cols <= 0 || to.rows <= 0 || to.cols <= 0) {
    throw Error("resize: from {} x {} to {} x {} pixels: every side must be positive", from.rows, from.cols,
                to.rows, to.cols);
  }
  plan_.reset(new Plan{from, to});
}

Resizer::~Resizer() = default;
Resizer::Resizer(Resizer&&) noexcept = default;

void Resizer::resize(std::span<const uint8_t> pictures, std::vector<uint8_t>& resized) {
  Plan& plan = *plan_;
  const auto bytes = static_cast<int64_t>(pictures.size()), count = bytes / plan.in_pixels;
  if (bytes % plan.in_pixels != 0) {
    throw Error("resize: {} bytes are no whole number of pictures of {} x {}", bytes, plan.from.rows,
                plan.from.cols);
  }
  plan.make_room();
  resized.resize(static_cast<size_t>(count * plan.out_pixels));
  const uint8_t* in = pictures.data();
  uint8_t* out = resized.data();
  for (int64_t left = count; left > 0; left -= lanes) {
    left >= lanes ? plan.resize_32(in, out) : plan.resize_some(in, left, out);
    in += lanes * plan.in_pixels;
    out += lanes * plan.out_pixels;
  }
}

std::vector<uint8_t> resize_bilinear(std::span<const uint8_t> pictures, Extent from, Extent to) {
  std::vector<uint8_t> resized;
  Resizer(from, to).resize(pictures, resized);
  return resized;
}

}  // namespace cgan_jit::io
