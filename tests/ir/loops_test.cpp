#include "ir/loops.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "ir/error.h"

namespace cgan_jit::loop {
namespace {

constexpr RegType f32_scalar{DType::f32, false}, f32_vector{DType::f32, true}, i32_scalar{DType::i32, false},
    i32_vector{DType::i32, true}, u32_vector{DType::u32, true}, mask_vector{DType::boolean, true},
    mask_scalar{DType::boolean, false};

/// Registers by type, two of each: r(type, 0) and r(type, 1).
const std::vector<RegType> reg_types = {
    f32_scalar, f32_scalar, f32_vector,  f32_vector,  i32_scalar, i32_scalar, i32_vector, i32_vector,
    u32_vector, u32_vector, mask_vector, mask_scalar, u32_vector, u32_vector, u32_vector, u32_vector};
constexpr Reg s0{0}, s1{1}, v0{2}, v1{3}, n0{4}, n1{5}, nv0{6}, nv1{7}, u0{8}, u1{9}, m{10}, ms{11};
constexpr Var unit{0}, i{1}, j{2};
constexpr Buf in{0}, out{1}, scratch{2};

Kernel kernel_of(Block body) {
  Kernel kernel;
  kernel.buffers = {{DType::f32, 1024, false}, {DType::f32, 1024, true}};
  kernel.scratch = {{DType::f32, 256, 0}, {DType::i32, 3, 1024}};
  kernel.regs = reg_types;
  kernel.var_count = 3;
  kernel.units = 4;
  kernel.body = std::move(body);
  return kernel;
}

Address at(Buf buf, Index index = {}, std::optional<Reg> plus = {}) { return {buf, std::move(index), plus}; }

/// A legal kernel with every kind of statement.
Kernel full_kernel() {
  Kernel kernel = kernel_of({
      Literal{v1, 0.5},
      LaneIds{nv0},
      IndexValue{n0, index_of(unit) * 64 + 3},
      Splat{nv1, n0},
      Splat{v0, s0},
      Compute{m, Fn::lt, {nv0, nv1}},
      Literal{u0, 1},
      Literal{u1, 2},
      PhiloxBlock{{Reg{12}, Reg{13}, Reg{14}, Reg{15}}, {u0, u0, u1, u1}, {u0, u1}},
      Divide{nv0, nv1, nv0, 28},
      For{i,
          index_of(unit) * 16,
          {Index{64, {}}, index_of(unit) + 99},
          16,
          2,
          {Load{v0, at(in, index_of(i) + index_of(unit) * 64, nv0), m}, Compute{v1, Fn::fma, {v0, v0, v1}},
           Store{at(out, index_of(i), n0), v1, m}, Prefetch{at(in, index_of(i) + 64), false}}},
      If{index_of(unit), 3, {ReduceLanes{s1, v1, Fn::add}}, {Copy{s1, s0}}},
      Store{at(scratch), s1, {}},
      Transpose{at(in), 32, at(scratch), 16},
  });
  kernel.prologue = {Literal{s0, 0.25}, Load{s1, at(in), {}}};
  kernel.prologue.pop_back();
  return kernel;
}

TEST(Index, IsALinearForm) {
  const Index a = index_of(j) * 3 + index_of(i) + 5, b = index_of(i) * -1 + index_of(unit) * 2;
  EXPECT_EQ(a + b, (Index{5, {{unit, 2}, {j, 3}}}));
  EXPECT_EQ(a + b, b + a);
  EXPECT_EQ((a + b) * 2, a * 2 + b * 2);
  EXPECT_EQ(a * 0, Index{});
  EXPECT_EQ(a + a * -1, Index{});
}

TEST(LoopText, IsReadable) {
  Kernel kernel;
  kernel.buffers = {{DType::f32, 64, false}, {DType::f32, 64, true}};
  kernel.scratch = {{DType::f32, 16, 0}};
  kernel.regs = {f32_vector, f32_vector, mask_vector};
  kernel.var_count = 2;
  kernel.prologue = {Literal{Reg{1}, 0.1F}};
  kernel.body = {
      For{Var{1},
          {},
          {Index{64, {}}},
          16,
          1,
          {Load{Reg{0}, at(in, index_of(unit) * 64 + index_of(Var{1}) + -2), Reg{2}},
           Compute{Reg{0}, Fn::mul, {Reg{0}, Reg{1}}}, Store{at(out, index_of(Var{1})), Reg{0}, {}}}}};
  EXPECT_EQ(print(kernel), R"(kernel i0 in 0..1, 2 vars {
  b0 : f32[64]
  b1 : f32[64] written
  b2 : f32[16] scratch at 0
  r0..r1 : f32x16
  r2..r2 : boolx16
  prologue {
    r1 = 0.1
  }
  body {
    for i1 = 0 to 64 step 16 {
      r0 = load b0[64*i0+i1-2] if r2
      r0 = mul r0, r1
      store b1[i1] = r0
    }
  }
}
)");
}

// The text is a key: what differs anywhere reads differently, and what is equal reads the same.
TEST(LoopText, TellsEveryDifference) {
  const std::vector<std::function<void(Kernel&)>> changes = {
      [](Kernel& k) { k.buffers[0].elements = 1023; },
      [](Kernel& k) { k.buffers[0].written = true; },
      [](Kernel& k) { k.buffers[0].dtype = DType::i32; },
      [](Kernel& k) { k.scratch[1].byte_offset = 2048; },
      [](Kernel& k) { k.scratch[1].elements = 4; },
      [](Kernel& k) { k.scratch[1].dtype = DType::u32; },
      [](Kernel& k) { k.regs[3] = f32_scalar; },
      [](Kernel& k) { k.regs.push_back(f32_scalar); },
      [](Kernel& k) { k.var_count = 4; },
      [](Kernel& k) { k.unit = Var{2}; },
      [](Kernel& k) { k.units = 5; },
      [](Kernel& k) { k.body.insert(k.body.begin(), k.prologue[0]), k.prologue.clear(); },
      [](Kernel& k) { k.body.pop_back(); },
      [](Kernel& k) { std::get<Literal>(k.body[0].op).value = 0.25; },
      [](Kernel& k) { std::get<Literal>(k.body[0].op).value = -0.5; },
      [](Kernel& k) { std::get<IndexValue>(k.body[2].op).index.offset = 4; },
      [](Kernel& k) { std::get<Compute>(k.body[5].op).fn = Fn::le; },
      [](Kernel& k) {
        std::swap(std::get<Compute>(k.body[5].op).args[0], std::get<Compute>(k.body[5].op).args[1]);
      },
      [](Kernel& k) { std::get<PhiloxBlock>(k.body[8].op).key[0] = u1; },
      [](Kernel& k) { std::get<PhiloxBlock>(k.body[8].op).counter[0] = u1; },
      [](Kernel& k) { std::get<Divide>(k.body[9].op).divisor = 29; },
      [](Kernel& k) { std::get<For>(k.body[10].op).step = 8; },
      [](Kernel& k) { std::get<For>(k.body[10].op).unroll = 1; },
      [](Kernel& k) { std::get<For>(k.body[10].op).begin = {}; },
      [](Kernel& k) { std::get<For>(k.body[10].op).ends.pop_back(); },
      [](Kernel& k) { std::get<For>(k.body[10].op).body.pop_back(); },
      [](Kernel& k) { std::get<Load>(std::get<For>(k.body[10].op).body[0].op).mask.reset(); },
      [](Kernel& k) { std::get<Load>(std::get<For>(k.body[10].op).body[0].op).from.plus.reset(); },
      [](Kernel& k) { std::get<Store>(std::get<For>(k.body[10].op).body[2].op).to.buf = scratch; },
      [](Kernel& k) { std::get<Prefetch>(std::get<For>(k.body[10].op).body[3].op).write = true; },
      [](Kernel& k) { std::get<If>(k.body[11].op).below = 2; },
      [](Kernel& k) { std::swap(std::get<If>(k.body[11].op).then, std::get<If>(k.body[11].op).otherwise); },
      [](Kernel& k) { std::get<If>(k.body[11].op).otherwise.clear(); },
      [](Kernel& k) { std::get<ReduceLanes>(std::get<If>(k.body[11].op).then[0].op).fn = Fn::max; },
      [](Kernel& k) { std::get<Transpose>(k.body[13].op).from_stride = 33; },
      [](Kernel& k) { std::get<Transpose>(k.body[13].op).to_stride = 17; },
  };
  std::set<std::string> texts = {print(full_kernel())};
  for (size_t change = 0; change < changes.size(); ++change) {
    Kernel kernel = full_kernel();
    changes[change](kernel);
    EXPECT_NE(kernel, full_kernel()) << "change " << change;
    EXPECT_TRUE(texts.insert(print(kernel)).second) << "change " << change << " does not show";
  }
  EXPECT_EQ(print(full_kernel()), print(full_kernel()));
}

TEST(LoopVerify, AcceptsEveryKindOfStatement) {
  std::set<size_t> kinds;
  const std::function<void(const Block&)> collect = [&](const Block& block) {
    for (const Stmt& statement : block) {
      kinds.insert(statement.op.index());
      if (const auto* loop = std::get_if<For>(&statement.op)) collect(loop->body);
      if (const auto* branch = std::get_if<If>(&statement.op))
        collect(branch->then), collect(branch->otherwise);
    }
  };
  collect(full_kernel().body);
  EXPECT_EQ(kinds.size(), std::variant_size_v<decltype(Stmt::op)>) << "a kind of statement has no example";
  EXPECT_NO_THROW(verify(full_kernel()));
}

const Literal set_s0{s0, 1}, set_v0{v0, 1}, set_n0{n0, 1}, set_nv0{nv0, 1}, set_m{m, 1};

TEST(LoopVerify, RegistersAreAssignedBeforeTheyAreRead) {
  const Store store_s0{at(out), s0, {}};
  EXPECT_NO_THROW(verify(kernel_of({set_s0, store_s0})));
  EXPECT_THROW(verify(kernel_of({store_s0})), InternalError);
  EXPECT_THROW(verify(kernel_of({store_s0, set_s0})), InternalError);
  // A loop may not run, a branch may not be taken.
  EXPECT_THROW(verify(kernel_of({For{i, {}, {index_of(unit)}, 1, 1, {set_s0}}, store_s0})), InternalError);
  EXPECT_THROW(verify(kernel_of({If{index_of(unit), 2, {set_s0}, {}}, store_s0})), InternalError);
  EXPECT_THROW(verify(kernel_of({If{index_of(unit), 2, {}, {set_s0}}, store_s0})), InternalError);
  EXPECT_NO_THROW(verify(kernel_of({If{index_of(unit), 2, {set_s0}, {set_s0}}, store_s0})));
  EXPECT_NO_THROW(
      verify(kernel_of({set_s0, For{i, {}, {Index{4, {}}}, 1, 1, {store_s0, set_s0}}, store_s0})));
  Kernel across = kernel_of({store_s0});
  across.prologue = {set_s0};
  EXPECT_NO_THROW(verify(across));
  across.body.push_back(set_s0);
  EXPECT_THROW(verify(across), InternalError) << "a unit would change what the next one reads";
}

TEST(LoopVerify, RefusesABrokenStatementOfEveryKind) {
  const Index beyond = index_of(j);
  const std::vector<Block> broken = {
      {Load{Reg{99}, at(in), {}}},
      {Load{s0, at(Buf{9}), {}}},
      {Load{n0, at(in), {}}},
      {Load{s0, at(in, beyond), {}}},
      {set_nv0, Load{s0, at(in, {}, nv0), {}}},
      {set_s0, Load{s1, at(in, {}, s0), {}}},
      {Load{s0, at(in, {}, n0), {}}},
      {set_m, Load{s0, at(in), m}},
      {Load{v0, at(in), m}},
      {set_nv0, Load{v0, at(in), nv0}},
      {set_s0, Store{at(in), s0, {}}},
      {Store{at(out), v0, {}}},
      {Literal{Reg{99}, 0}},
      {IndexValue{s0, {}}},
      {IndexValue{n0, beyond}},
      {IndexValue{n0, Index{0, {{unit, 0}}}}},
      {LaneIds{n0}},
      {LaneIds{v0}},
      {set_v0, Splat{v1, v0}},
      {set_s0, Splat{s1, s0}},
      {set_n0, Splat{v0, n0}},
      {set_s0, set_v0, Compute{v1, Fn::add, {v0, s0}}},
      {set_v0, Compute{v1, Fn::tanh, {v0}}},
      {set_v0, Compute{v1, Fn::add, {v0}}},
      {set_v0, Compute{v1, Fn::lt, {v0, v0}}},
      {set_v0, Copy{s0, v0}},
      {Copy{v1, v0}},
      {set_n0, Divide{n0, n0, n0, 3}},
      {set_n0, Divide{n0, n1, n0, 0}},
      {set_n0, Divide{nv0, n1, n0, 3}},
      {PhiloxBlock{{u0, u0, u0, u0}, {u0, u0, u0, u0}, {u0, u0}}},
      {set_nv0, PhiloxBlock{{u0, u0, u0, u0}, {nv0, nv0, nv0, nv0}, {nv0, nv0}}},
      {set_v0, ReduceLanes{v1, v0, Fn::add}},
      {set_v0, ReduceLanes{s0, v0, Fn::mul}},
      {set_s0, ReduceLanes{s1, s0, Fn::add}},
      {Transpose{at(in), 16, at(in), 16}},
      {Transpose{at(in), 16, at(out), 8}},
      {Transpose{at(in), 16, at(Buf{3}), 16}},
      {Prefetch{at(in, beyond), false}},
      {Prefetch{at(Buf{9}), false}},
      {For{unit, {}, {Index{4, {}}}, 1, 1, {}}},
      {For{Var{9}, {}, {Index{4, {}}}, 1, 1, {}}},
      {For{i, {}, {}, 1, 1, {}}},
      {For{i, {}, {Index{4, {}}}, 0, 1, {}}},
      {For{i, {}, {Index{4, {}}}, 1, 0, {}}},
      {For{i, {}, {index_of(i)}, 1, 1, {}}},
      {For{i, {}, {Index{4, {}}}, 1, 1, {For{i, {}, {Index{4, {}}}, 1, 1, {}}}}},
      {For{i, {}, {Index{4, {}}}, 1, 1, {}}, IndexValue{n0, index_of(i)}},
      {If{beyond, 2, {}, {}}},
  };
  std::set<size_t> kinds;
  for (const Block& body : broken) {
    kinds.insert(body.back().op.index());
    EXPECT_THROW(verify(kernel_of(body)), InternalError) << print(kernel_of(body));
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<decltype(Stmt::op)>)
      << "a kind of statement has no broken example";
}

TEST(LoopVerify, RefusesBrokenMemory) {
  Kernel overlap = kernel_of({});
  overlap.scratch[1].byte_offset = 960;
  EXPECT_THROW(verify(overlap), InternalError);
  Kernel unaligned = kernel_of({});
  unaligned.scratch[1].byte_offset = 1025;
  EXPECT_THROW(verify(unaligned), InternalError);
  Kernel no_unit = kernel_of({});
  no_unit.unit = Var{3};
  EXPECT_THROW(verify(no_unit), InternalError);
  EXPECT_EQ(kernel_of({}).scratch_bytes(), 1088);
}

TEST(LoopVerify, NamesTheStatement) {
  try {
    verify(kernel_of({set_s0, Compute{s1, Fn::add, {s0, v0}}}));
    FAIL();
  } catch (const InternalError& error) {
    EXPECT_NE(std::string(error.what()).find("r1 = add r0, r2"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace cgan_jit::loop
