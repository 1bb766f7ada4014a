#include "passes/graph/dag.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

// A Dag beside a graph that looks at everything for every question.

namespace cgan_jit {
namespace {

class EveryEdge {
 public:
  explicit EveryEdge(const std::vector<std::vector<int>>& needs) : vertex_(needs.size()) {
    std::iota(vertex_.begin(), vertex_.end(), 0);
    for (int v = 0; v < static_cast<int>(needs.size()); ++v) {
      for (int needed : needs[v]) edges_.insert({needed, v});
    }
  }

  int vertex(int name) const { return vertex_[name]; }
  bool reaches(int from, int to) const { return leads(vertex_[from], vertex_[to], false); }

  bool put_before(int a, int b) {
    if (leads(vertex_[b], vertex_[a], false)) return false;
    edges_.insert({vertex_[a], vertex_[b]});
    return true;
  }

  bool contract(int a, int b) {
    const int kept = vertex_[a], gone = vertex_[b];
    if (leads(kept, gone, true) || leads(gone, kept, true)) return false;
    std::replace(vertex_.begin(), vertex_.end(), gone, kept);
    std::set<std::pair<int, int>> edges;
    for (const auto& [from, to] : edges_) {
      if (vertex_[from] != vertex_[to]) edges.insert({vertex_[from], vertex_[to]});
    }
    edges_ = std::move(edges);
    return true;
  }

 private:
  bool leads(int from, int to, bool through_a_third) const {
    std::vector<int> open{from};
    std::set<int> seen{from};
    while (!open.empty()) {
      const int at = open.back();
      open.pop_back();
      for (const auto& [begin, end] : edges_) {
        if (begin != at || (through_a_third && begin == from && end == to)) continue;
        if (end == to) return true;
        if (seen.insert(end).second) open.push_back(end);
      }
    }
    return false;
  }

  std::vector<int> vertex_;  // of each name
  std::set<std::pair<int, int>> edges_;
};

/// Each vertex needs some of those up to `reach` before it in a random order.
std::vector<std::vector<int>> random_needs(std::mt19937_64& random, int count, int reach, int edges) {
  std::vector<int> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random);
  std::vector<std::vector<int>> needs(count);
  for (int i = 1; i < count; ++i) {
    for (int k = static_cast<int>(random() % (edges + 1)); k-- > 0;)
      needs[order[i]].push_back(order[i - 1 - static_cast<int>(random() % std::min(i, reach))]);
  }
  return needs;
}

TEST(Dag, AnswersLikeAGraphThatLooksAtEveryEdge) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    std::mt19937_64 random(seed);
    const int count = 4 + static_cast<int>(random() % 24);
    const auto needs = random_needs(random, count, seed % 2 == 0 ? 3 : count, 2);
    Dag dag(needs);
    EveryEdge expected(needs);
    for (int step = 0; step < 60; ++step) {
      const int a = static_cast<int>(random() % count), b = static_cast<int>(random() % count);
      if (expected.vertex(a) == expected.vertex(b)) continue;
      switch (random() % 4) {
        case 0:
          ASSERT_EQ(dag.put_before(a, b), expected.put_before(a, b)) << seed << " step " << step;
          break;
        case 1:
          ASSERT_EQ(dag.contract(a, b), expected.contract(a, b)) << seed << " step " << step;
          break;
        default:
          ASSERT_EQ(dag.reaches(a, b), expected.reaches(a, b)) << seed << " step " << step;
      }
    }
  }
}

TEST(Dag, ACircleIsAFault) { EXPECT_ANY_THROW(Dag({{1}, {0}})); }

TEST(Dag, HangsEveryVertexFromOneThatItNeeds) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    std::mt19937_64 random(seed);
    const auto needs = random_needs(random, 40, 40, 3);
    Dag dag(needs);
    const Forest forest = dag.forest();
    const auto is_below = [&](int v, int other) {
      return forest.below[other].begin < forest.below[v].begin &&
             forest.below[v].begin < forest.below[other].end;
    };
    std::set<int> numbers;
    for (int v = 0; v < 40; ++v) {
      numbers.insert(forest.below[v].begin);
      const auto hangs_from = [&](int needed) { return is_below(v, needed); };
      EXPECT_EQ(std::any_of(needs[v].begin(), needs[v].end(), hangs_from), !needs[v].empty()) << seed;
      for (int other = 0; other < 40; ++other)
        EXPECT_TRUE(!is_below(v, other) || dag.reaches(other, v)) << seed;
    }
    EXPECT_EQ(numbers.size(), 40U);
    EXPECT_EQ(*numbers.rbegin(), 39);
  }
}

TEST(MovingOrder, IsThatOfAListWhoseElementsMove) {
  for (uint64_t seed = 0; seed < 8; ++seed) {
    std::mt19937_64 random(seed);
    const int count = 2 + static_cast<int>(random() % 200);
    std::vector<int> list(count);
    std::iota(list.begin(), list.end(), 0);
    std::shuffle(list.begin(), list.end(), random);
    MovingOrder order(list);
    // Half of them all move to one place, where room must be made.
    for (int step = 0; step < 4000; ++step) {
      const int element = static_cast<int>(random() % count);
      const int other = seed % 2 == 0 ? 0 : static_cast<int>(random() % count);
      if (element == other) continue;
      std::erase(list, element);
      const auto at = std::find(list.begin(), list.end(), other);
      if (random() % 4 == 0) {
        order.move_behind(element, other);
        list.insert(at + 1, element);
      } else {
        order.move_before(element, other);
        list.insert(at, element);
      }
      if (step % 50 != 0) continue;
      ASSERT_EQ(order.elements(), list) << seed << " step " << step;
      for (size_t i = 1; i < list.size(); ++i) ASSERT_TRUE(order.is_before(list[i - 1], list[i])) << seed;
    }
  }
}

}  // namespace
}  // namespace cgan_jit
