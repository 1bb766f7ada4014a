#include "codegen/perf_map.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/codegen/build.h"

namespace cgan_jit {
namespace {

struct Line {
  uint64_t start = 0, size = 0;
};

std::map<std::string, Line> read_map() {
  std::map<std::string, Line> result;
  std::ifstream file(perf_map_path());
  for (std::string text; std::getline(file, text);) {
    std::istringstream fields(text);
    Line line;
    std::string name;
    fields >> std::hex >> line.start >> line.size >> std::ws;
    std::getline(fields, name);
    EXPECT_TRUE(result.emplace(name, line).second) << text;
  }
  return result;
}

class PerfMapTest : public testing::Test {
 protected:
  void TearDown() override { std::remove(perf_map_path().c_str()); }

  static Jit jit(bool perf_map) { return Jit(target_named("native"), {"", 1, perf_map}); }

  const std::vector<loop::Kernel> kernels_ = {loop::gemm_tile(1, 1, 4), loop::gemm_tile(2, 2, 16),
                                              loop::gemm_tile(1, 1, 4)};
  const std::vector<std::string> names_ = {"forward + bias", "backward", "forward again"};
};

TEST_F(PerfMapTest, NamesTheCodeOfEveryDistinctKernel) {
  Jit named = jit(true);
  const std::vector<KernelFn> functions = named.compile(kernels_, names_);
  const std::map<std::string, Line> lines = read_map();
  ASSERT_EQ(lines.size(), 2u);
  for (size_t i : {0, 1}) {
    const Line& line = lines.at(names_[i]);
    EXPECT_EQ(line.start, reinterpret_cast<uintptr_t>(functions[i]));
    EXPECT_GT(line.size, 0u);
  }
  EXPECT_LT(lines.at(names_[0]).size, lines.at(names_[1]).size);
}

TEST_F(PerfMapTest, LaterProgramsAreAdded) {
  Jit named = jit(true);
  named.compile({&kernels_[0], 1}, {&names_[0], 1});
  named.compile({&kernels_[1], 1}, {&names_[1], 1});
  EXPECT_EQ(read_map().size(), 2u);
}

TEST_F(PerfMapTest, BeginsAnew) {
  std::ofstream(perf_map_path()) << "1000 10 of an earlier process\n";
  jit(true);
  EXPECT_TRUE(read_map().empty());
}

TEST_F(PerfMapTest, NobodyAskedNothingIsWritten) {
  jit(false).compile(kernels_, names_);
  EXPECT_FALSE(std::ifstream(perf_map_path()).is_open());
}

}  // namespace
}  // namespace cgan_jit
