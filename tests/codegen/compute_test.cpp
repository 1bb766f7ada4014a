#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "ir/elementwise.h"
#include "tests/codegen/build.h"
#include "tests/codegen/machine.h"

// Law: every scalar function in machine code, scalar and vector, gives the interpreter's bits (any NaN for a
// NaN), on the values where instruction sets like to differ.
namespace cgan_jit {
namespace {

using namespace loop;

constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();

std::vector<float> telling_reals(int arity) {
  std::vector<float> values = {0.0f, -0.0f, 1.0f, -1.0f,  0.5f,  -1.5f, 2.5f,
                               inf,  -inf,  nan,  1e-45f, 3e38f, 0.1f};
  if (arity > 2) return values;
  for (float more :
       {-0.5f,         1.5f,          -2.5f,          0.49999997f,   -1e-45f,        1.17549435e-38f,
        -3e38f,        2147483648.0f, -2147483648.0f, 2147483520.0f, -2147483904.0f, 4294967296.0f,
        4294967040.0f, 3e9f,          -3e9f,          8388608.5f,    8388607.5f,     255.5f,
        256.0f,        -1e-3f,        88.7f,          -87.3f,        1e-8f,          3.1415927f,
        -20.25f,       1e10f,         -1e15f,         7.729e28f})
    values.push_back(more);
  return values;
}

std::vector<int64_t> telling_ints(DType dtype) {
  switch (dtype) {
    case DType::i32:
      return {0, 1, -1, 2, 7, 31, 32, -5, 65536, 2147483647, -2147483648, 123456789, 16777217};
    case DType::u32:
      return {0, 1, 2, 7, 31, 32, 65536, 2147483647, 2147483648, 4294967295, 123456789};
    case DType::u8:
      return {0, 1, 2, 127, 128, 255};
    case DType::boolean:
      return {0, 1};
    case DType::f32:
      break;
  }
  return {};
}

size_t value_count(DType dtype, int arity) {
  return dtype == DType::f32 ? telling_reals(arity).size() : telling_ints(dtype).size();
}

/// Operand k of all combinations of telling values, the first operand slowest.
Elements<float> operand(const std::vector<DType>& dtypes, size_t k) {
  const int arity = static_cast<int>(dtypes.size());
  int64_t repeat = 1, count = 1;
  for (size_t i = 0; i < dtypes.size(); ++i) {
    const auto values = static_cast<int64_t>(value_count(dtypes[i], arity));
    count *= values;
    if (i > k) repeat *= values;
  }
  const int64_t padded = (count + lanes - 1) / lanes * lanes;
  Elements<float> result = filled<float>({dtypes[k], {padded}}, 0);
  for (int64_t i = 0; i < padded; ++i) {
    const size_t pick = static_cast<size_t>(i / repeat) % value_count(dtypes[k], arity);
    if (dtypes[k] == DType::f32)
      result.reals[i] = telling_reals(arity)[pick];
    else
      result.ints[i] = telling_ints(dtypes[k])[pick];
  }
  return result;
}

std::vector<std::byte> to_memory(const Elements<float>& elements) {
  const DType dtype = elements.type.dtype;
  std::vector<std::byte> bytes(static_cast<size_t>(element_count(elements.type.shape) * bytes_of(dtype)));
  for (size_t i = 0; i < elements.reals.size(); ++i) std::memcpy(&bytes[4 * i], &elements.reals[i], 4);
  for (size_t i = 0; i < elements.ints.size(); ++i)
    std::memcpy(&bytes[i * bytes_of(dtype)], &elements.ints[i], static_cast<size_t>(bytes_of(dtype)));
  return bytes;
}

/// out[i] = fn(in[i]...) in steps of one element or of 16; a function with an expansion is written out in
/// primitive ones.
Kernel elementwise_kernel(Fn fn, const std::vector<DType>& dtypes, DType result, int64_t count,
                          bool vectors) {
  KernelWriter w;
  std::vector<Reg> values;
  std::vector<Buf> in;
  for (DType dtype : dtypes) in.push_back(w.buffer(dtype, count));
  const Buf out = w.buffer(result, count, true);
  const Var i = w.var();
  Block body;
  for (size_t k = 0; k < dtypes.size(); ++k) {
    values.push_back(w.reg({dtypes[k], vectors}));
    body.push_back(Load{values[k], {in[k], index_of(i), {}}, {}});
  }
  const Reg value = w.computed(fn, values, {result, vectors}, body);
  body.push_back(Store{{out, index_of(i), {}}, value, {}});
  w.kernel.body = {For{i, at(0), {at(count)}, vectors ? lanes : 1, 1, body}};
  return w.kernel;
}

/// Every choice of operand types that the function takes.
std::vector<std::vector<DType>> signatures(Fn fn) {
  constexpr DType all[] = {DType::f32, DType::i32, DType::u32, DType::u8, DType::boolean};
  std::vector<std::vector<DType>> chosen = {{}};
  for (int k = 0; k < arity_of(fn); ++k) {
    std::vector<std::vector<DType>> longer;
    for (const auto& start : chosen)
      for (DType dtype : all) {
        longer.push_back(start);
        longer.back().push_back(dtype);
      }
    chosen = longer;
  }
  std::erase_if(chosen, [&](const auto& dtypes) { return !result_type(fn, dtypes); });
  return chosen;
}

void expect_equal(const std::vector<std::byte>& got, const Elements<float>& want, const std::string& what) {
  const std::vector<std::byte> expected = to_memory(want);
  if (want.type.dtype != DType::f32) {
    EXPECT_EQ(got, expected) << what;
    return;
  }
  for (size_t i = 0; i < want.reals.size(); ++i) {
    float value;
    std::memcpy(&value, &got[4 * i], 4);
    const bool same = std::bit_cast<uint32_t>(value) == std::bit_cast<uint32_t>(want.reals[i]);
    EXPECT_TRUE(same || (std::isnan(value) && std::isnan(want.reals[i])))
        << what << ": element " << i << " is " << value << ", the interpreter says " << want.reals[i];
  }
}

class ComputeTest : public OnTarget {};

TEST_P(ComputeTest, EveryFunctionGivesTheInterpretersBits) {
  struct Case {
    std::string what;
    std::vector<Elements<float>> operands;
    Elements<float> want;
  };
  std::vector<Case> cases;
  std::vector<Kernel> kernels;
  for (Fn fn : all_fns())
    for (const std::vector<DType>& dtypes : signatures(fn))
      for (bool vectors : {false, true}) {
        Case& one = cases.emplace_back();
        std::vector<const Elements<float>*> operands;
        for (size_t k = 0; k < dtypes.size(); ++k) one.operands.push_back(operand(dtypes, k));
        for (const auto& elements : one.operands) operands.push_back(&elements);
        one.want = map_elements<float>(fn, operands);
        one.what =
            fmt::format("{} of {}, {}", name_of(fn), name_of(dtypes.back()), vectors ? "vectors" : "scalars");
        kernels.push_back(
            elementwise_kernel(fn, dtypes, one.want.type.dtype, one.want.type.shape[0], vectors));
        verify(kernels.back());
      }
  Jit jit(target(), {"", 2});
  const auto functions = jit.compile(kernels);
  for (size_t i = 0; i < cases.size(); ++i) {
    std::vector<std::vector<std::byte>> memory;
    for (const auto& elements : cases[i].operands) memory.push_back(to_memory(elements));
    memory.emplace_back(to_memory(cases[i].want).size());
    std::vector<void*> buffers;
    for (auto& bytes : memory) buffers.push_back(bytes.data());
    functions[i](buffers.data(), nullptr, 0, 1);
    expect_equal(memory.back(), cases[i].want, cases[i].what);
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, ComputeTest, all_targets, target_name);

}  // namespace
}  // namespace cgan_jit
