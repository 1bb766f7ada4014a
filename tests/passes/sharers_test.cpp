#include "passes/fuse/sharers.h"

#include <gtest/gtest.h>

#include <random>

namespace cgan_jit {
namespace {

/// A forest in which each vertex hangs from an earlier one, or from none.
Forest random_forest(std::mt19937_64& random, int count) {
  std::vector<std::vector<int>> needs(count);
  for (int v = 1; v < count; ++v) {
    if (random() % 8 != 0) needs[v].push_back(v - 1 - static_cast<int>(random() % std::min(v, 6)));
  }
  return Dag(needs).forest();
}

TEST(Sharers, TheNextOneIsTheFirstThatIsInNoSubtreeLeftOut) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    std::mt19937_64 random(seed);
    const int count = 1 + static_cast<int>(random() % 60);
    const Forest forest = random_forest(random, count);
    std::vector<int> kernels;
    for (int v = 0; v < count; ++v) {
      if (random() % 3 != 0 || v == 0) kernels.push_back(v);
    }
    Sharers sharers(kernels, forest);
    for (int left = static_cast<int>(random() % 10); left-- > 0 && !kernels.empty();) {
      const int gone = kernels[random() % kernels.size()];
      sharers.erase(gone);
      std::erase(kernels, gone);
    }
    Subtrees left_out;
    std::vector<Forest::Subtree> all;
    for (int more = 0; more < 5; ++more) {
      for (int after = -1; after < count; ++after) {
        int expected = Sharers::none;
        for (auto kernel = kernels.rbegin(); kernel != kernels.rend() && *kernel > after; ++kernel) {
          const int number = forest.below[*kernel].begin;
          if (std::none_of(all.begin(), all.end(),
                           [&](const auto& tree) { return tree.begin <= number && number < tree.end; }))
            expected = *kernel;
        }
        ASSERT_EQ(sharers.next(after, left_out), expected) << seed << " after " << after;
      }
      all.push_back(forest.below[random() % count]);
      left_out.add(all.back());
    }
  }
}

}  // namespace
}  // namespace cgan_jit
