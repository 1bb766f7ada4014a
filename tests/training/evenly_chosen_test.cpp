#include "training/evenly_chosen.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cgan_jit::training {
namespace {

std::vector<int64_t> multiples(int64_t of, int64_t up_to) {
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i <= up_to; i += of) numbers.push_back(i);
  return numbers;
}

TEST(EvenlyChosen, FewAreAllChosen) {
  EXPECT_EQ(evenly_chosen({}, 10), std::vector<int64_t>{});
  EXPECT_EQ(evenly_chosen({7}, 10), std::vector<int64_t>{7});
  EXPECT_EQ(evenly_chosen(multiples(3, 27), 10), multiples(3, 27));
}

TEST(EvenlyChosen, FirstAndLastAreAmongAtMostSoMany) {
  for (int64_t count = 2; count < 60; ++count) {
    for (size_t most = 2; most < 12; ++most) {
      const std::vector<int64_t> numbers = multiples(1, count), chosen = evenly_chosen(numbers, most);
      EXPECT_EQ(chosen.size(), std::min(most, numbers.size()));
      EXPECT_EQ(chosen.front(), 0);
      EXPECT_EQ(chosen.back(), count);
      EXPECT_EQ(std::adjacent_find(chosen.begin(), chosen.end(), std::greater_equal{}), chosen.end());
    }
  }
}

TEST(EvenlyChosen, DistancesAreEqualWhereTheyCanBe) {
  EXPECT_EQ(evenly_chosen(multiples(1000, 45000), 10), multiples(5000, 45000));
}

// Where a run changed its interval, what counts is the step, not how many pictures there are.
TEST(EvenlyChosen, OfUnevenNumbersTheNearest) {
  EXPECT_EQ(evenly_chosen({0, 1, 2, 3, 4, 50, 99, 100}, 3), (std::vector<int64_t>{0, 50, 100}));
  EXPECT_EQ(evenly_chosen({0, 1, 100}, 2), (std::vector<int64_t>{0, 100}));
}

}  // namespace
}  // namespace cgan_jit::training
