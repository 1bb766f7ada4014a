#include "frontend/draws.h"

#include <algorithm>

#include "frontend/emit.h"
#include "ir/interpret.h"
#include "ir/philox.h"

namespace cgan_jit {
namespace {

constexpr int64_t at_once = 4096;  // numbers: the interpreter holds every step's results

Elements<float> words_of(uint32_t seed, uint32_t stream, int64_t first, int64_t count) {
  std::vector<uint32_t> words(static_cast<size_t>(count));
  draw_words(seed, stream, first, words);
  return {{DType::u32, {count}}, {}, {words.begin(), words.end()}};
}

}  // namespace

void draw_words(uint32_t seed, uint32_t stream, int64_t first, std::span<uint32_t> words) {
  auto block = static_cast<uint32_t>(first / 4);
  for (size_t i = 0; i < words.size(); i += 4, ++block) {
    const auto four = philox({block, stream, 0, 0}, {seed, 0});
    std::copy_n(four.begin(), std::min<size_t>(4, words.size() - i), words.begin() + i);
  }
}

Recording normals_of_words(int64_t count) {
  Builder builder;
  const auto uniform = [&](const char* words) {
    return uniform_of_words(builder.input(words, DType::u32, {count}));
  };
  const Tensor u1 = uniform("words 1"), u2 = uniform("words 2");
  builder.output("z", normal_of_uniforms(u1, u2));
  return builder.build();
}

// The interpreter computes them, with the expansions of log and cos that every machine shares.
std::vector<float> normal_values(uint32_t seed, uint32_t stream, int64_t count, Line at) {
  if (count < 0) fail(at, fmt::format("normal_values: {} numbers", count));
  const int64_t block = std::min(count, at_once);
  const Graph program = normals_of_words(block);
  std::vector<float> values;
  values.reserve(static_cast<size_t>(count));
  while (std::ssize(values) < count) {
    const auto done = std::ssize(values);
    const auto z = interpret<float>(program, {{"words 1", words_of(seed, stream, done, block)},
                                              {"words 2", words_of(seed, stream + 1, done, block)}})
                       .at("z")
                       .reals;
    values.insert(values.end(), z.begin(), z.begin() + std::min(block, count - done));
  }
  return values;
}

}  // namespace cgan_jit
