#include "passes/fuse/sharers.h"

#include <algorithm>
#include <bit>

namespace cgan_jit {

const Forest::Subtree* Subtrees::with(int number) const {
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const Forest::Subtree& subtree) {
    return subtree.begin <= number && number < subtree.end;
  });
  return found == all_.end() ? nullptr : &*found;
}

Sharers::Sharers(std::vector<int> kernels, const Forest& forest)
    : kernels_(std::move(kernels)), numbers_(2 * std::bit_ceil(kernels_.size()), of_none) {
  const size_t half = numbers_.size() / 2;
  for (size_t i = 0; i < kernels_.size(); ++i) {
    const int number = forest.below[kernels_[i]].begin;
    numbers_[half + i] = {number, number};
  }
  for (size_t i = half; i-- > 1;) renew(i);
}

void Sharers::renew(size_t i) {
  const Numbers &left = numbers_[2 * i], &right = numbers_[2 * i + 1];
  numbers_[i] = {std::min(left.least, right.least), std::max(left.most, right.most)};
}

size_t Sharers::place(int kernel) const {
  return std::lower_bound(kernels_.begin(), kernels_.end(), kernel) - kernels_.begin();
}

void Sharers::erase(int kernel) {
  size_t i = numbers_.size() / 2 + place(kernel);
  numbers_[i] = of_none;
  while ((i /= 2) > 0) renew(i);
}

int Sharers::next(int after, const Subtrees& left_out) const {
  Forest::Subtree nothing{INT_MAX, INT_MAX};
  size_t at = next_outside(place(after + 1), nothing);
  while (at < kernels_.size()) {
    const Forest::Subtree* subtree = left_out.with(numbers_[numbers_.size() / 2 + at].least);
    if (!subtree) return kernels_[at];
    at = next_outside(at, *subtree);
  }
  return none;
}

/// Up from the place, past what lies wholly inside, and down again into the first that does not.
size_t Sharers::next_outside(size_t place, const Forest::Subtree& subtree) const {
  const size_t half = numbers_.size() / 2;
  const auto has_some = [&](size_t i) {
    return numbers_[i].least < subtree.begin || numbers_[i].most >= subtree.end;
  };
  if (place >= half) return half;
  size_t i = half + place;
  while (!has_some(i)) {
    while (i % 2 == 1) i /= 2;
    if (i == 0) return half;
    ++i;
  }
  while (i < half) i = has_some(2 * i) ? 2 * i : 2 * i + 1;
  return i - half;
}

}  // namespace cgan_jit
