#include "runtime/caches.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace cgan_jit {
namespace {

/// A machine's caches, as files.
class Caches : public testing::Test {
 protected:
  Caches() { std::filesystem::create_directories(folder); }
  ~Caches() override { std::filesystem::remove_all(folder); }

  void cache(int cpu, int number, const std::string& level, const std::string& type, const std::string& size,
             const std::string& sharers) const {
    const auto place = folder / ("cpu" + std::to_string(cpu)) / "cache" / ("index" + std::to_string(number));
    std::filesystem::create_directories(place);
    std::ofstream(place / "level") << level << "\n";
    std::ofstream(place / "type") << type << "\n";
    std::ofstream(place / "size") << size << "\n";
    std::ofstream(place / "shared_cpu_list") << sharers << "\n";
  }
  /// Four cores, the first two with less of their own; two and two share a cache.
  void four_cores() const {
    for (int cpu = 0; cpu < 4; ++cpu) {
      cache(cpu, 0, "1", "Data", "48K", std::to_string(cpu));
      cache(cpu, 1, "2", "Instruction", "8M", std::to_string(cpu));
      cache(cpu, 2, "2", "Unified", cpu < 2 ? "512K" : "2M", std::to_string(cpu));
      cache(cpu, 3, "3", "Unified", "32M", cpu < 2 ? "0-1" : "2-3");
    }
  }
  CacheSizes sizes(int threads) const { return cache_sizes(threads, folder); }

  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("cgan_jit_caches_" + std::to_string(::getpid()));
};

constexpr int64_t kib = 1 << 10, mib = 1 << 20;

// Law: each thread adds at most a cache of each level, the largest first; one that cores share counts once.
TEST_F(Caches, OfSoManyThreadsAreTheLargest) {
  four_cores();
  EXPECT_EQ(sizes(1), (CacheSizes{2 * mib, 32 * mib}));
  EXPECT_EQ(sizes(2), (CacheSizes{4 * mib, 64 * mib}));
  EXPECT_EQ(sizes(3), (CacheSizes{4 * mib + 512 * kib, 64 * mib}));
  EXPECT_EQ(sizes(4), (CacheSizes{5 * mib, 64 * mib}));
  EXPECT_EQ(sizes(100), sizes(4));
}

TEST_F(Caches, ThatTheSystemDoesNotNameAreNone) {
  EXPECT_EQ(sizes(2), CacheSizes{});
  EXPECT_EQ(cache_sizes(2, folder / "nowhere"), CacheSizes{});
  cache(0, 0, "3", "Unified", "", "0");
  cache(0, 1, "2", "Unified", "many", "0");
  EXPECT_EQ(sizes(2), CacheSizes{});
}

TEST_F(Caches, HaveSizesInAnyUnit) {
  cache(0, 0, "2", "Unified", "1G", "0");
  cache(0, 1, "3", "Unified", "12345", "0");
  EXPECT_EQ(sizes(1), (CacheSizes{1024 * mib, 12345}));
}

TEST(CachesOfThisMachine, GrowWithTheTeam) {
  CacheSizes before;
  for (int threads = 1; threads <= 8; ++threads) {
    const CacheSizes now = cache_sizes(threads);
    EXPECT_GE(now.level2, before.level2);
    EXPECT_GE(now.level3, before.level3);
    before = now;
  }
}

}  // namespace
}  // namespace cgan_jit
