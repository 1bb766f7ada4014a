#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <mutex>
#include <thread>

#include "ir/sine.h"
#include "tests/codegen/build.h"
#include "tests/codegen/machine.h"
#include "tests/support/scalar_reference.h"

// Every function of one real, as machine code, over all floats: CGAN_JIT_FLOAT_STEP=1 takes them all (a
// minute for each function), the usual run one in 4099.
namespace cgan_jit {
namespace {

using namespace loop;

uint64_t float_step() {
  const char* text = std::getenv("CGAN_JIT_FLOAT_STEP");
  return text == nullptr ? 4099 : std::strtoull(text, nullptr, 10);
}

constexpr int64_t chunk = 1 << 14;
using Chunk = std::vector<float>;

/// y = fn(x) for a chunk of floats.
Kernel chunk_kernel(Fn fn, double magnitude) {
  KernelWriter w;
  const Buf in = w.buffer(DType::f32, chunk), out = w.buffer(DType::f32, chunk, true);
  const Var i = w.var();
  const Reg x = w.reg(vector(DType::f32));
  Block body = {Load{x, {in, index_of(i), {}}, {}}};
  const Reg y = w.computed(fn, {x}, vector(DType::f32), body, magnitude);
  body.push_back(Store{{out, index_of(i), {}}, y, {}});
  w.kernel.body = {For{i, at(0), {at(chunk)}, lanes, 1, body}};
  verify(w.kernel);
  return w.kernel;
}

/// visit(x) for chunks of one float in `step`, shared out among threads. The last chunk ends with zeros.
template <typename Visit>
void for_each_chunk(uint64_t step, const Visit& visit) {
  const uint64_t count = ((uint64_t{1} << 32) + step - 1) / step,
                 threads = std::thread::hardware_concurrency();
  const auto work = [&](uint64_t first) {
    for (uint64_t begin = first * chunk; begin < count; begin += threads * chunk) {
      Chunk x(chunk, 0.0F);
      for (uint64_t i = 0; i < chunk && begin + i < count; ++i)
        x[i] = std::bit_cast<float>(static_cast<uint32_t>((begin + i) * step));
      visit(x);
    }
  };
  std::vector<std::thread> workers;
  for (uint64_t first = 0; first < threads; ++first) workers.emplace_back(work, first);
  for (std::thread& worker : workers) worker.join();
}

Chunk values_of(KernelFn kernel, Chunk& x) {
  Chunk y(chunk);
  void* buffers[] = {x.data(), y.data()};
  kernel(buffers, nullptr, 0, 1);
  return y;
}

class AllFloats : public testing::TestWithParam<ScalarReference> {};

TEST_P(AllFloats, StayWithinTheStatedErrorAndRange) {
  const ScalarReference& reference = GetParam();
  const Kernel kernel = chunk_kernel(reference.fn, INFINITY);
  Jit jit(target_named("native"), {"", 1});
  const KernelFn function = jit.compile({&kernel, 1}).front();
  WorstError worst;
  std::mutex one_at_a_time;
  for_each_chunk(float_step(), [&](Chunk& x) {
    const Chunk y = values_of(function, x);
    WorstError here;
    for (size_t i = 0; i < x.size(); ++i) here.take(reference, x[i], y[i]);
    const std::lock_guard lock(one_at_a_time);
    if (here.ulp > worst.ulp) worst = here;
  });
  EXPECT_LE(worst.ulp, reference.ulp) << "at " << worst.at;
  std::cout << fmt::format("{}: {:.3f} ulp at {}\n", name_of(reference.fn), worst.ulp, worst.at);
}

INSTANTIATE_TEST_SUITE_P(Of, AllFloats, testing::ValuesIn(scalar_references()),
                         [](const auto& one) { return std::string(name_of(one.param.fn)); });

TEST(SmallAngles, NeedFewerStepsForTheSameBits) {
  const std::vector<Kernel> kernels = {
      chunk_kernel(Fn::sin, INFINITY), chunk_kernel(Fn::sin, expansions::small_angle),
      chunk_kernel(Fn::cos, INFINITY), chunk_kernel(Fn::cos, expansions::small_angle)};
  EXPECT_LT(kernels[1].regs.size() * 2, kernels[0].regs.size());
  Jit jit(target_named("native"), {"", 1});
  const auto functions = jit.compile(kernels);
  std::atomic<int> different = 0;
  for_each_chunk(float_step(), [&](Chunk& x) {
    for (float& value : x) {
      if (!(std::fabs(value) <= expansions::small_angle)) value = 0;
    }
    for (size_t k : {0, 2}) {
      const Chunk full = values_of(functions[k], x), small = values_of(functions[k + 1], x);
      different += std::memcmp(full.data(), small.data(), chunk * sizeof(float)) != 0;
    }
  });
  EXPECT_EQ(different, 0);
}

}  // namespace
}  // namespace cgan_jit
