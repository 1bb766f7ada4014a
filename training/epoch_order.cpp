#include "training/epoch_order.h"

#include <cstddef>
#include <numeric>
#include <utility>

#include "ir/philox.h"

namespace cgan_jit::training {
namespace {

constexpr uint32_t shuffle_key = 1;  // a step's numbers have 0 here

}  // namespace

std::vector<int32_t> epoch_order(uint32_t seed, int64_t epoch, int64_t count) {
  std::vector<int32_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  std::array<uint32_t, 4> words{};
  for (int64_t left = count; left > 1; --left) {
    const auto word = static_cast<uint32_t>(count - left);
    if (word % 4 == 0) words = philox({word / 4, static_cast<uint32_t>(epoch), 0, 0}, {seed, shuffle_key});
    // A 32-bit word times the number left, its upper half: even to 1 in 2^32 / left.
    const auto chosen = static_cast<size_t>(uint64_t{words[word % 4]} * static_cast<uint64_t>(left) >> 32);
    std::swap(order[static_cast<size_t>(left - 1)], order[chosen]);
  }
  return order;
}

}  // namespace cgan_jit::training
