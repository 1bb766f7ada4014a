#include <gtest/gtest.h>

#include <algorithm>

#include "codegen/probe.h"
#include "tests/codegen/build.h"
#include "tests/codegen/machine.h"
#include "tests/support/object_code.h"

// Laws about the text of machine code.
namespace cgan_jit {
namespace {

struct Tile {
  const char* cpu;
  int rows, columns;
  int registers;       // that one vector of 16 takes
  const char* widest;  // register name
};

class GemmTileTest : public testing::TestWithParam<Tile> {};

TEST_P(GemmTileTest, HotLoopIsFusedMultiplyAddsWithoutSpillsOrCalls) {
  const Tile& tile = GetParam();
  const std::vector<std::string> loop =
      hot_loop(assembly(loop::gemm_tile(tile.rows, tile.columns, 512, 8), target_of(tile.cpu)));
  const int64_t unrolled = 4, products = unrolled * tile.rows * tile.columns * tile.registers;
  EXPECT_EQ(count_of(loop, "vfmadd"), products);
  EXPECT_GE(count_of(loop, tile.widest), products);
  EXPECT_EQ(count_of(loop, "%rsp"), 0);
  EXPECT_EQ(count_of(loop, "%rbp"), 0);
  EXPECT_EQ(count_of(loop, "call"), 0);
  // Loads, broadcasts, one address and the loop's own end.
  const int64_t loads = unrolled * (tile.columns * tile.registers + tile.rows);
  EXPECT_LE(static_cast<int64_t>(loop.size()), products + loads + 5);
}

INSTANTIATE_TEST_SUITE_P(Tiles, GemmTileTest,
                         testing::Values(Tile{"x86-64-v4", 4, 4, 1, "%zmm"},
                                         Tile{"x86-64-v4", 6, 4, 1, "%zmm"},
                                         Tile{"x86-64-v3", 6, 1, 2, "%ymm"},
                                         Tile{"x86-64-v3", 4, 1, 2, "%ymm"}));

// A probe of the peak must not wait for anything but multiply-adds.
TEST(ObjectCode, ProbeIsNothingButFusedMultiplyAdds) {
  for (const char* cpu : {"x86-64-v3", "x86-64-v4"}) {
    const std::vector<std::string> loop =
        hot_loop(assembly(fma_probe(target_of(cpu), 2).kernel, target_of(cpu)));
    EXPECT_GE(count_of(loop, "vfmadd"), 4 * 12);
    EXPECT_LE(static_cast<int64_t>(loop.size()), count_of(loop, "vfmadd") + 3);
    EXPECT_EQ(count_of(loop, "("), 0) << "no memory in the loop";
  }
}

TEST(ObjectCode, StoresDoNotReloadBuffersThatNobodyWrites) {
  using namespace loop;
  KernelWriter w;
  const Buf in = w.buffer(DType::f32, 16), out = w.buffer(DType::f32, 32, true),
            area = w.scratch(DType::f32, 16);
  const Reg first = w.reg(vector(DType::f32)), again = w.reg(vector(DType::f32));
  w.kernel.body = {Load{first, {in, at(0), {}}, {}}, Store{{out, at(0), {}}, first, {}},
                   Store{{area, at(0), {}}, first, {}}, Load{again, {in, at(0), {}}, {}},
                   Store{{out, at(16), {}}, again, {}}};
  const std::string text = assembly(w.kernel, target_of("x86-64-v4"));
  std::vector<std::string> lines;
  std::string line;
  for (std::istringstream all(text); std::getline(all, line);) lines.push_back(line);
  EXPECT_EQ(count_of(lines, ", %zmm"), 1) << text;
}

TEST(ObjectCode, PhiloxMultipliesBy32Bits) {
  using namespace loop;
  for (const char* cpu : {"x86-64-v3", "x86-64-v4"}) {
    KernelWriter w;
    const Buf out = w.buffer(DType::u32, 64, true);
    const auto words = w.regs(vector(DType::u32), 4), counter = w.regs(vector(DType::u32), 4),
               key = w.regs(vector(DType::u32), 2);
    for (Reg reg : counter) w.kernel.body.push_back(IndexValue{reg, index_of(w.kernel.unit)});
    for (Reg reg : key) w.kernel.body.push_back(IndexValue{reg, index_of(w.kernel.unit)});
    w.kernel.body.push_back(PhiloxBlock{{words[0], words[1], words[2], words[3]},
                                        {counter[0], counter[1], counter[2], counter[3]},
                                        {key[0], key[1]}});
    for (int i = 0; i < 4; ++i) w.kernel.body.push_back(Store{{out, at(16 * i), {}}, words[i], {}});
    const std::string text = assembly(w.kernel, target_of(cpu));
    EXPECT_NE(text.find("vpmuludq"), std::string::npos);
    EXPECT_EQ(text.find("vpmullq"), std::string::npos);
    EXPECT_EQ(text.find("call"), std::string::npos);
  }
}

}  // namespace
}  // namespace cgan_jit
