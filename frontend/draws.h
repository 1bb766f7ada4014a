#pragma once

#include <span>
#include <vector>

#include "frontend/tensor.h"

namespace cgan_jit {

// Random numbers outside of a run. Those of step 0, which no training step has.

/// `count` numbers from N(0, 1), as `random_normal` draws them from the streams `stream` and `stream` + 1.
std::vector<float> normal_values(uint32_t seed, uint32_t stream, int64_t count, Line at = Line::current());

/// Words `first`, `first` + 1, ... of a stream, as the graph's op Random has them; `first` is a multiple
/// of 4.
void draw_words(uint32_t seed, uint32_t stream, int64_t first, std::span<uint32_t> words);

/// Inputs "words 1" and "words 2", u32 [count], of two streams; output "z" f32 [count], from N(0, 1).
Recording normals_of_words(int64_t count);

}  // namespace cgan_jit
