#include <gtest/gtest.h>

#include <numeric>

#include "ir/philox.h"
#include "tests/codegen/build.h"
#include "tests/codegen/machine.h"

namespace cgan_jit {
namespace {

using namespace loop;

class ControlTest : public OnTarget {};

// Law: whatever `unroll` says, a loop's body runs for var = begin, begin + step, .. below the least end, in
// this order, and its registers go round. The order shows in s = 3 s + var.
TEST_P(ControlTest, LoopsOfAnyLengthKeepTheirOrder) {
  for (int unroll : {1, 2, 4})
    for (int64_t step : {1, 3})
      for (int64_t trips = 0; trips <= 9; ++trips)
        for (bool known : {true, false}) {
          KernelWriter w;
          const Buf out = w.buffer(DType::i32, 1, true);
          const Reg s = w.reg(scalar(DType::i32)), var = w.reg(scalar(DType::i32)),
                    three = w.reg(scalar(DType::i32));
          const Var i = w.var(), outer = w.var();
          const int64_t begin = 5, end = begin + trips * step - (trips > 0 ? step - 1 : 0);
          const Block body = {IndexValue{var, index_of(i)}, Literal{three, 3},
                              Compute{s, Fn::mul, {s, three}}, Compute{s, Fn::add, {s, var}}};
          // An end that hangs on a loop around it is unknown to the compiler.
          const Index last = known ? at(end) : index_of(outer) + end;
          w.kernel.body = {Literal{s, 1}, For{outer, at(0), {at(1)}, 1, 1, {}},
                           For{outer,
                               known ? at(0) : index_of(w.kernel.unit),
                               {known ? at(1) : index_of(w.kernel.unit) + 1},
                               1,
                               1,
                               {For{i, at(begin), {last, at(1000)}, step, unroll, body}}},
                           Store{{out, at(0), {}}, s, {}}};
          int32_t got = 0, want = 1;
          for (int64_t k = begin; k < end; k += step) want = want * 3 + static_cast<int32_t>(k);
          run(w.kernel, {&got});
          EXPECT_EQ(got, want) << "unroll " << unroll << ", step " << step << ", trips " << trips
                               << (known ? ", known" : "");
        }
}

// Law: nested loops address offset + sum of coefficient * var, whatever scope each variable comes from.
TEST_P(ControlTest, NestedLoopsAddressEveryElement) {
  KernelWriter w;
  constexpr int64_t units = 3, rows = 5, columns = 7, depth = 2;
  const Buf out = w.buffer(DType::i32, units * rows * columns * depth, true);
  w.kernel.units = units;
  const Var row = w.var(), column = w.var(), z = w.var();
  const Reg value = w.reg(scalar(DType::i32));
  const Index place = index_of(w.kernel.unit) * (rows * columns * depth) + index_of(row) * (columns * depth) +
                      index_of(column) * depth + index_of(z);
  w.kernel.body = {For{column,
                       at(0),
                       {at(columns)},
                       1,
                       2,
                       {For{row,
                            at(0),
                            {at(rows)},
                            1,
                            1,
                            {For{z,
                                 at(0),
                                 {at(depth)},
                                 1,
                                 2,
                                 {IndexValue{value, place}, Store{{out, place, {}}, value, {}}}}}}}}};
  std::vector<int32_t> got(units * rows * columns * depth, -1), want(got.size());
  std::iota(want.begin(), want.end(), 0);
  run(w.kernel, {got.data()});
  EXPECT_EQ(got, want);
}

// Law: a triangular loop's end is another's variable; the least of several ends counts.
TEST_P(ControlTest, LeastEndCounts) {
  KernelWriter w;
  const Buf out = w.buffer(DType::i32, 8, true);
  const Var i = w.var(), j = w.var();
  const Reg count = w.reg(scalar(DType::i32)), one = w.reg(scalar(DType::i32));
  w.kernel.body = {
      Literal{one, 1},
      For{i,
          at(0),
          {at(8)},
          1,
          1,
          {Literal{count, 0},
           For{j, at(2), {index_of(i) + 1, at(5)}, 1, 4, {Compute{count, Fn::add, {count, one}}}},
           Store{{out, index_of(i), {}}, count, {}}}}};
  std::vector<int32_t> got(8, -1);
  run(w.kernel, {got.data()});
  EXPECT_EQ(got, (std::vector<int32_t>{0, 0, 1, 2, 3, 3, 3, 3}));
}

// Law: If takes one arm by the index, and registers set in both arms, or changed in one, have the taken arm's
// value after it.
TEST_P(ControlTest, IfMergesRegisters) {
  KernelWriter w;
  const Buf out = w.buffer(DType::i32, 16, true);
  const Var i = w.var();
  const Reg both = w.reg(scalar(DType::i32)), changed = w.reg(scalar(DType::i32)),
            one = w.reg(scalar(DType::i32));
  w.kernel.body = {
      Literal{changed, 10}, Literal{one, 1},
      For{i,
          at(0),
          {at(8)},
          1,
          2,
          {If{index_of(i) * 2 + 1,
              7,
              {Literal{both, 1}, Compute{changed, Fn::add, {changed, one}}},
              {Literal{both, 2}}},
           Store{{out, index_of(i) * 2, {}}, both, {}}, Store{{out, index_of(i) * 2 + 1, {}}, changed, {}}}}};
  std::vector<int32_t> got(16);
  run(w.kernel, {got.data()});
  EXPECT_EQ(got, (std::vector<int32_t>{1, 11, 1, 12, 1, 13, 2, 13, 2, 13, 2, 13, 2, 13, 2, 13}));
}

// Law: the prologue's registers are there for every unit; a call runs first .. last - 1 and no other.
TEST_P(ControlTest, CallRunsItsUnitsOnly) {
  KernelWriter w;
  const Buf in = w.buffer(DType::i32, 1), out = w.buffer(DType::i32, 10, true);
  w.kernel.units = 10;
  const Reg base = w.reg(scalar(DType::i32)), unit = w.reg(scalar(DType::i32));
  w.kernel.prologue = {Load{base, {in, at(0), {}}, {}}};
  w.kernel.body = {IndexValue{unit, index_of(w.kernel.unit)}, Compute{unit, Fn::add, {unit, base}},
                   Store{{out, index_of(w.kernel.unit), {}}, unit, {}}};
  verify(w.kernel);
  Jit jit(target(), {"", 1});
  const KernelFn fn = jit.compile({&w.kernel, 1}).front();
  int32_t hundred = 100;
  std::vector<int32_t> got(10);
  void* buffers[] = {&hundred, got.data()};
  fn(buffers, nullptr, 3, 6);
  fn(buffers, nullptr, 8, 8);
  EXPECT_EQ(got, (std::vector<int32_t>{0, 0, 0, 103, 104, 105, 0, 0, 0, 0}));
}

// Law: the fixed tree (i, i+8), (i, i+4), (i, i+2), (0, 1).
TEST_P(ControlTest, LanesAreReducedByTheFixedTree) {
  for (Fn fn : {Fn::add, Fn::max}) {
    KernelWriter w;
    const Buf in = w.buffer(DType::f32, 16), out = w.buffer(DType::f32, 1, true);
    const Reg all = w.reg(vector(DType::f32)), one = w.reg(scalar(DType::f32));
    w.kernel.body = {Load{all, {in, at(0), {}}, {}}, ReduceLanes{one, all, fn},
                     Store{{out, at(0), {}}, one, {}}};
    std::vector<float> from(16);
    for (int i = 0; i < 16; ++i)
      from[i] = (i % 5 == 0 ? 1e4f : 0.3f) / static_cast<float>(2 * i + 1) * (i % 3 == 0 ? -1.0f : 1.0f);
    std::vector<float> tree = from;
    for (size_t half = 8; half > 0; half /= 2)
      for (size_t i = 0; i < half; ++i)
        tree[i] = fn == Fn::add ? tree[i] + tree[i + half] : std::max(tree[i + half], tree[i]);
    float got = 0;
    run(w.kernel, {from.data(), &got});
    EXPECT_EQ(got, tree[0]);
    EXPECT_TRUE(fn == Fn::max || std::accumulate(from.begin(), from.end(), 0.0f) != got)
        << "the values do not tell one order from another";
  }
}

// Law: quotient and remainder as C++ has them, for every kind of divisor.
TEST_P(ControlTest, DivideIsDivision) {
  for (int64_t divisor : {1, 2, 3, 10, 64, 100, 1024, 60000, 2147483647})
    for (bool vectors : {false, true}) {
      KernelWriter w;
      const Buf in = w.buffer(DType::i32, 16), q = w.buffer(DType::i32, 16, true),
                r = w.buffer(DType::i32, 16, true);
      const Reg value = w.reg({DType::i32, vectors}), quotient = w.reg({DType::i32, vectors}),
                rest = w.reg({DType::i32, vectors});
      const Var i = w.var();
      w.kernel.body = {
          For{i,
              at(0),
              {at(16)},
              vectors ? 16 : 1,
              1,
              {Load{value, {in, index_of(i), {}}, {}}, Divide{quotient, rest, value, divisor},
               Store{{q, index_of(i), {}}, quotient, {}}, Store{{r, index_of(i), {}}, rest, {}}}}};
      std::vector<int32_t> from = {0,  1,  2,   3,    9,     10,        63,         64,
                                   65, 99, 100, 1023, 59999, 123456789, 2147483646, 2147483647};
      std::vector<int32_t> quotients(16), rests(16);
      run(w.kernel, {from.data(), quotients.data(), rests.data()});
      for (size_t k = 0; k < 16; ++k) {
        EXPECT_EQ(quotients[k], from[k] / divisor) << from[k] << " / " << divisor;
        EXPECT_EQ(rests[k], from[k] % divisor) << from[k] << " % " << divisor;
      }
    }
}

// Law: every lane, and the scalar form, is philox() of its counter and key.
TEST_P(ControlTest, PhiloxIsPhilox) {
  for (bool vectors : {false, true}) {
    KernelWriter w;
    std::vector<Buf> in, out;
    for (int k = 0; k < 6; ++k) in.push_back(w.buffer(DType::u32, 16));
    for (int k = 0; k < 4; ++k) out.push_back(w.buffer(DType::u32, 16, true));
    const std::vector<Reg> from = w.regs({DType::u32, vectors}, 6), to = w.regs({DType::u32, vectors}, 4);
    const Var i = w.var();
    Block body;
    for (int k = 0; k < 6; ++k) body.push_back(Load{from[k], {in[k], index_of(i), {}}, {}});
    body.push_back(
        PhiloxBlock{{to[0], to[1], to[2], to[3]}, {from[0], from[1], from[2], from[3]}, {from[4], from[5]}});
    for (int k = 0; k < 4; ++k) body.push_back(Store{{out[k], index_of(i), {}}, to[k], {}});
    w.kernel.body = {For{i, at(0), {at(16)}, vectors ? 16 : 1, 1, body}};
    std::vector<std::vector<uint32_t>> memory(10, std::vector<uint32_t>(16));
    for (uint32_t k = 0; k < 6; ++k)
      for (uint32_t lane = 0; lane < 16; ++lane)
        memory[k][lane] = lane == 0 ? 0 : lane == 1 ? 0xffffffff : (k * 16 + lane) * 2654435761u;
    std::vector<void*> buffers;
    for (auto& words : memory) buffers.push_back(words.data());
    run(w.kernel, buffers);
    for (size_t lane = 0; lane < 16; ++lane) {
      const auto word = [&](size_t k) { return memory[k][lane]; };
      const auto want = philox({word(0), word(1), word(2), word(3)}, {word(4), word(5)});
      for (size_t k = 0; k < 4; ++k)
        EXPECT_EQ(memory[6 + k][lane], want[k]) << "lane " << lane << ", word " << k;
    }
  }
}

// Law: a register that is read before it is assigned is our mistake, and said so.
TEST(Emit, RefusesRegisterWithoutValue) {
  KernelWriter w;
  const Buf out = w.buffer(DType::f32, 1, true);
  w.kernel.body = {Store{{out, at(0), {}}, w.reg(scalar(DType::f32)), {}}};
  EXPECT_ANY_THROW(llvm_ir(w.kernel, {"x86-64-v3", "", 16, 8}));
}

INSTANTIATE_TEST_SUITE_P(Targets, ControlTest, all_targets, target_name);

}  // namespace
}  // namespace cgan_jit
