#include "training/finite.h"

#include <gtest/gtest.h>

#include <limits>
#include <utility>
#include <vector>

namespace cgan_jit::training {
namespace {

using Limits = std::numeric_limits<float>;

// Law: one infinity or NaN of either sign is seen wherever it stands; nothing else is taken for one.
TEST(Finite, IsWhatHasNoInfinityAndNoNaN) {
  constexpr float good[] = {0.0F,          -0.0F,           1.0F, Limits::denorm_min(), -Limits::min(),
                            Limits::max(), Limits::lowest()};
  constexpr float bad[] = {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(),
                           -Limits::signaling_NaN()};
  for (size_t size = 0; size < 70; ++size) {
    std::vector<float> values(size);
    for (size_t i = 0; i < size; ++i) values[i] = good[i % std::size(good)];
    EXPECT_TRUE(all_finite(values)) << size;
    for (size_t i = 0; i < size; ++i) {
      for (float value : bad) {
        const float before = std::exchange(values[i], value);
        EXPECT_FALSE(all_finite(values)) << value << " at " << i << " of " << size;
        values[i] = before;
      }
    }
  }
}

}  // namespace
}  // namespace cgan_jit::training
