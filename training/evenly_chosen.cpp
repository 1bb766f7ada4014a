#include "training/evenly_chosen.h"

#include <algorithm>
#include <cmath>

namespace cgan_jit::training {

std::vector<int64_t> evenly_chosen(const std::vector<int64_t>& numbers, size_t most) {
  if (numbers.size() <= most) return numbers;
  const auto first = static_cast<double>(numbers.front()), last = static_cast<double>(numbers.back());
  std::vector<int64_t> chosen;
  for (size_t i = 0; i < most; ++i) {
    const double place = first + (last - first) * static_cast<double>(i) / static_cast<double>(most - 1);
    const auto nearest = std::min_element(numbers.begin(), numbers.end(), [&](int64_t a, int64_t b) {
      return std::abs(static_cast<double>(a) - place) < std::abs(static_cast<double>(b) - place);
    });
    if (chosen.empty() || chosen.back() != *nearest) chosen.push_back(*nearest);
  }
  return chosen;
}

}  // namespace cgan_jit::training
