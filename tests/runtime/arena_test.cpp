#include "runtime/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace cgan_jit {
namespace {

TEST(Arena, IsZeroedAlignedAndWritable) {
  for (int64_t bytes : {1, 64, 100, 4096, (2 << 20) - 1, 2 << 20, (5 << 20) + 3}) {
    const Arena arena(bytes);
    ASSERT_EQ(arena.bytes(), bytes);
    const int64_t alignment = bytes >= 2 << 20 ? 2 << 20 : 64;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(arena.data()) % static_cast<uintptr_t>(alignment), 0u) << bytes;
    EXPECT_TRUE(std::all_of(arena.data(), arena.data() + bytes, [](std::byte b) {
      return b == std::byte{0};
    })) << bytes;
    std::fill(arena.data(), arena.data() + bytes, std::byte{1});
  }
}

TEST(Arena, EmptyHoldsNothing) {
  EXPECT_EQ(Arena(0).data(), nullptr);
  EXPECT_EQ(Arena().bytes(), 0);
}

TEST(Arena, MovesTakeTheMemoryAlong) {
  for (int64_t bytes : {100, 3 << 20}) {
    Arena first(bytes);
    first.data()[7] = std::byte{42};
    std::byte* const where = first.data();
    Arena second = std::move(first);
    EXPECT_EQ(second.data(), where);
    Arena third(10);
    third = std::move(second);
    EXPECT_EQ(third.data()[7], std::byte{42});
    EXPECT_EQ(third.bytes(), bytes);
  }
}

TEST(Arena, MoreThanThereIsIsAnError) { EXPECT_THROW(Arena(int64_t{1} << 60), std::runtime_error); }

}  // namespace
}  // namespace cgan_jit
