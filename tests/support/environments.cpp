#include "tests/support/environments.h"

#include <cmath>
#include <limits>
#include <random>

namespace cgan_jit {
namespace {

using Limits = std::numeric_limits<float>;

/// The integer of that type which a word's lowest bits are.
int64_t element_of_word(int32_t word, DType dtype) {
  switch (dtype) {
    case DType::i32:
      return word;
    case DType::u32:
      return static_cast<uint32_t>(word);
    case DType::u8:
      return static_cast<uint8_t>(word);
    case DType::boolean:
      return word & 1;
    case DType::f32:
      break;
  }
  throw InternalError("internal error: f32 is no integer type");
}

}  // namespace

Environment<float> special_environment(const Graph& graph, uint64_t seed) {
  std::mt19937_64 random(seed);
  Environment<float> environment = random_environment<float>(graph, seed);
  const float specials[] = {Limits::infinity(), -Limits::infinity(), std::nanf("")};
  for (auto& [name, elements] : environment) {
    for (float& value : elements.reals) {
      value = std::copysign(std::floor(std::abs(value) * 1.5f), value);
      if (seed % 3 != 0 && random() % 32 == 0) value = specials[random() % 3];
    }
  }
  return environment;
}

Environment<float> extremes(Environment<float> environment) {
  constexpr float reals[] = {
      0.0F,          -0.0F,          Limits::denorm_min(), -Limits::min(),      1.0F,
      Limits::max(), -Limits::max(), Limits::infinity(),   -Limits::infinity(), Limits::quiet_NaN(),
      1e9F,          -0.5F,          16777217.0F};
  constexpr int32_t words[] = {
      0, 1, -1, std::numeric_limits<int32_t>::max(), std::numeric_limits<int32_t>::min(), 31, 32};
  size_t next = 0;
  for (auto& [name, elements] : environment) {
    for (float& value : elements.reals) value = reals[next++ % std::size(reals)];
    for (int64_t& value : elements.ints)
      value = element_of_word(words[next++ % std::size(words)], elements.type.dtype);
  }
  return environment;
}

}  // namespace cgan_jit
