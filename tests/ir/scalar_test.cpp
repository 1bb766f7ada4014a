#include "ir/scalar.h"

#include <gtest/gtest.h>

#include <set>

#include "examples.h"
#include "ir/elementwise.h"

namespace cgan_jit {
namespace {

constexpr DType all_dtypes[] = {DType::f32, DType::i32, DType::u32, DType::u8, DType::boolean};

std::vector<std::vector<DType>> operand_types(int arity) {
  std::vector<std::vector<DType>> all = {{}};
  for (int k = 0; k < arity; ++k) {
    std::vector<std::vector<DType>> longer;
    for (const auto& types : all) {
      for (DType dtype : all_dtypes) {
        longer.push_back(types);
        longer.back().push_back(dtype);
      }
    }
    all = std::move(longer);
  }
  return all;
}

TEST(Scalar, NamesAreUniqueAndFound) {
  std::set<std::string_view> names;
  for (Fn fn : all_fns()) {
    EXPECT_TRUE(names.insert(name_of(fn)).second) << name_of(fn);
    EXPECT_EQ(fn_named(name_of(fn)), fn);
  }
  EXPECT_EQ(fn_named("tan"), std::nullopt);
}

// The interpreter knows every function at every legal signature, and gives an element of the stated type.
TEST(Scalar, EveryFunctionIsInterpretedAtEverySignature) {
  for (Fn fn : all_fns()) {
    int legal = 0;
    for (const auto& types : operand_types(arity_of(fn))) {
      const std::optional<DType> result = result_type(fn, types);
      if (!result) continue;
      ++legal;
      std::vector<Elements<float>> operands;
      std::vector<const Elements<float>*> pointers;
      for (DType dtype : types) operands.push_back(filled<float>({dtype, {2}}, 1));
      for (const auto& operand : operands) pointers.push_back(&operand);
      const Elements<float> out = map_elements(fn, pointers);
      EXPECT_EQ(out.type, (Type{*result, {2}})) << name_of(fn);
      EXPECT_EQ(out.reals.size() + out.ints.size(), 2U) << name_of(fn);
    }
    EXPECT_GT(legal, 0) << name_of(fn) << " fits no types";
    EXPECT_EQ(result_type(fn, std::vector<DType>(arity_of(fn) + 1, DType::f32)), std::nullopt);
  }
}

TEST(Scalar, ExpansionsAreStraightLinesOfPrimitives) {
  for (Fn fn : all_fns()) {
    const Expansion* expansion = expansion_of(fn);
    if (!expansion) continue;
    ASSERT_EQ(expansion->arity, arity_of(fn)) << name_of(fn);
    std::vector<DType> types(expansion->arity, DType::f32);
    std::set<int> used;
    for (const ExpansionStep& step : expansion->steps) {
      std::vector<DType> args;
      for (int arg : step.args) {
        ASSERT_TRUE(arg >= 0 && arg < static_cast<int>(types.size())) << name_of(fn);
        args.push_back(types[arg]), used.insert(arg);
      }
      if (step.fn) {
        EXPECT_EQ(expansion_of(*step.fn), nullptr) << name_of(fn) << " uses " << name_of(*step.fn);
        EXPECT_EQ(result_type(*step.fn, args), step.dtype) << name_of(fn);
      }
      types.push_back(step.dtype);
    }
    EXPECT_EQ(types.back(), DType::f32) << name_of(fn);
    EXPECT_EQ(used.size() + 1, types.size()) << name_of(fn) << " has a step that nobody reads";
  }
}

/// fn of single integers, all of one type.
int64_t of_ints(Fn fn, DType dtype, const std::vector<int64_t>& values) {
  std::vector<Elements<float>> operands;
  std::vector<const Elements<float>*> pointers;
  for (int64_t value : values) operands.push_back({{dtype, {1}}, {}, {value}});
  for (const auto& operand : operands) pointers.push_back(&operand);
  return map_elements(fn, pointers).ints.at(0);
}

// Against the language's own 32-bit integers.
TEST(Scalar, IntegersWrapAt32Bits) {
  const std::vector<uint32_t> words = {0, 1, 7, 0x7fffffff, 0x80000000, 0x80000001, 0xdeadbeef, 0xffffffff};
  const auto i = [](uint32_t word) { return int64_t{static_cast<int32_t>(word)}; };
  for (uint32_t a : words) {
    EXPECT_EQ(of_ints(Fn::neg, DType::i32, {i(a)}), i(0 - a));
    EXPECT_EQ(of_ints(Fn::neg, DType::u32, {a}), 0 - a);
    EXPECT_EQ(of_ints(Fn::bit_not, DType::u32, {a}), static_cast<uint32_t>(~a));
    EXPECT_EQ(of_ints(Fn::abs, DType::i32, {i(a)}), i(i(a) < 0 ? 0 - a : a));
    for (uint32_t b : words) {
      EXPECT_EQ(of_ints(Fn::add, DType::i32, {i(a), i(b)}), i(a + b));
      EXPECT_EQ(of_ints(Fn::add, DType::u32, {a, b}), a + b);
      EXPECT_EQ(of_ints(Fn::sub, DType::u32, {a, b}), a - b);
      EXPECT_EQ(of_ints(Fn::mul, DType::i32, {i(a), i(b)}), i(a * b));
      EXPECT_EQ(of_ints(Fn::mul, DType::u32, {a, b}), a * b);
      EXPECT_EQ(of_ints(Fn::max, DType::i32, {i(a), i(b)}), std::max(i(a), i(b)));
      EXPECT_EQ(of_ints(Fn::max, DType::u32, {a, b}), std::max(a, b));
      EXPECT_EQ(of_ints(Fn::bit_xor, DType::i32, {i(a), i(b)}), i(a ^ b));
    }
    for (uint32_t shift : {0U, 1U, 31U}) {
      // The amount counts modulo 32, negative ones too.
      for (uint32_t more : {32U, 64U, 0xffffffe0U}) {
        for (Fn fn : {Fn::shl, Fn::shr}) {
          EXPECT_EQ(of_ints(fn, DType::i32, {i(a), i(shift + more)}), of_ints(fn, DType::i32, {i(a), shift}));
          EXPECT_EQ(of_ints(fn, DType::u32, {a, shift + more}), of_ints(fn, DType::u32, {a, shift}));
        }
      }
      EXPECT_EQ(of_ints(Fn::shl, DType::i32, {i(a), shift}), i(a << shift));
      EXPECT_EQ(of_ints(Fn::shl, DType::u32, {a, shift}), a << shift);
      EXPECT_EQ(of_ints(Fn::shr, DType::i32, {i(a), shift}), static_cast<int32_t>(a) >> shift);
      EXPECT_EQ(of_ints(Fn::shr, DType::u32, {a, shift}), a >> shift);
    }
    EXPECT_EQ(of_ints(Fn::to_i32, DType::u32, {a}), i(a));
    EXPECT_EQ(of_ints(Fn::to_u32, DType::i32, {i(a)}), a);
    EXPECT_EQ(of_ints(Fn::to_u8, DType::u32, {a}), a & 255);
    EXPECT_EQ(of_ints(Fn::to_bool, DType::u32, {a}), a != 0);
  }
  EXPECT_EQ(of_ints(Fn::bit_not, DType::boolean, {0}), 1);
  EXPECT_EQ(of_ints(Fn::bit_not, DType::boolean, {1}), 0);
}

template <typename Real>
Elements<Real> of_reals(Fn fn, const std::vector<Real>& values) {
  std::vector<Elements<Real>> operands;
  std::vector<const Elements<Real>*> pointers;
  for (Real value : values) operands.push_back({f32({1}), {value}, {}});
  for (const auto& operand : operands) pointers.push_back(&operand);
  return map_elements(fn, pointers);
}

TEST(Scalar, RealsToIntegersTruncateAndSaturate) {
  const float inf = INFINITY, nan = NAN;
  EXPECT_EQ(of_reals<float>(Fn::to_i32, {-1.9F}).ints[0], -1);
  EXPECT_EQ(of_reals<float>(Fn::to_i32, {1.9F}).ints[0], 1);
  for (float big : {2147483648.0F, 1e20F, inf}) {
    EXPECT_EQ(of_reals<float>(Fn::to_i32, {big}).ints[0], INT32_MAX);
    EXPECT_EQ(of_reals<float>(Fn::to_i32, {-big}).ints[0], INT32_MIN);
    EXPECT_EQ(of_reals<float>(Fn::to_u32, {-big}).ints[0], 0);
  }
  EXPECT_EQ(of_reals<float>(Fn::to_u32, {2147483648.0F}).ints[0], 2147483648);
  EXPECT_EQ(of_reals<float>(Fn::to_u32, {4294967296.0F}).ints[0], UINT32_MAX);
  EXPECT_EQ(of_reals<float>(Fn::to_u32, {-0.5F}).ints[0], 0);
  EXPECT_EQ(of_reals<float>(Fn::to_u8, {300.7F}).ints[0], 44);
  EXPECT_EQ(of_reals<float>(Fn::to_u8, {-1.0F}).ints[0], 255);
  for (Fn fn : {Fn::to_i32, Fn::to_u32, Fn::to_u8}) EXPECT_EQ(of_reals<float>(fn, {nan}).ints[0], 0);
  EXPECT_EQ(of_reals<float>(Fn::to_bool, {nan}).ints[0], 1);
  EXPECT_EQ(of_reals<float>(Fn::to_bool, {-0.0F}).ints[0], 0);
}

TEST(Scalar, MaxAndMinAreNaNIfEitherIs) {
  for (Fn fn : {Fn::max, Fn::min}) {
    for (float x : {2.0F, 0.0F, -INFINITY, INFINITY, NAN}) {
      EXPECT_TRUE(std::isnan(of_reals<float>(fn, {NAN, x}).reals[0])) << x;
      EXPECT_TRUE(std::isnan(of_reals<float>(fn, {x, NAN}).reals[0])) << x;
      EXPECT_TRUE(std::isnan(of_reals<double>(fn, {x, NAN}).reals[0])) << x;
    }
    // Of two zeros the first.
    EXPECT_TRUE(std::signbit(of_reals<float>(fn, {-0.0F, 0.0F}).reals[0]));
    EXPECT_FALSE(std::signbit(of_reals<float>(fn, {0.0F, -0.0F}).reals[0]));
  }
  for (Fn fn : {Fn::lt, Fn::le, Fn::eq}) EXPECT_EQ(of_reals<float>(fn, {NAN, NAN}).ints[0], 0);
  EXPECT_EQ(of_reals<float>(Fn::ne, {NAN, NAN}).ints[0], 1);
}

// But for leaky_relu, which ignores the slope where x > 0, and for 1 to any power and anything to the power
// 0.
TEST(Scalar, NaNInAnyOperandGivesNaN) {
  for (Fn fn : all_fns()) {
    if (signature_of(fn) > Signature::real) continue;
    for (int k = 0; k < arity_of(fn); ++k) {
      if (fn == Fn::leaky_relu && k == 1) continue;
      std::vector<float> operands(arity_of(fn), fn == Fn::pow ? 2 : 1);
      operands[k] = NAN;
      EXPECT_TRUE(std::isnan(of_reals<float>(fn, operands).reals[0])) << name_of(fn) << ", operand " << k;
    }
  }
}

TEST(Scalar, PowersThatAreOneWhateverTheOther) {
  for (float x : {-INFINITY, -2.0F, -0.0F, 0.0F, 3.0F, INFINITY, NAN}) {
    EXPECT_EQ(of_reals<float>(Fn::pow, {1, x}).reals[0], 1) << x;
    EXPECT_EQ(of_reals<float>(Fn::pow, {x, 0}).reals[0], 1) << x;
  }
}

TEST(Scalar, RoundTakesTiesToEven) {
  for (auto [x, rounded] :
       {std::pair{0.5F, 0.0F}, {1.5F, 2.0F}, {2.5F, 2.0F}, {-0.5F, -0.0F}, {2.51F, 3.0F}, {-1.5F, -2.0F}}) {
    EXPECT_EQ(of_reals<float>(Fn::round, {x}).reals[0], rounded);
  }
  EXPECT_EQ(of_reals<float>(Fn::floor, {-0.5F}).reals[0], -1);
}

TEST(Scalar, FmaRoundsOnce) {
  const float a = 1 + 0x1p-12F;
  // a * a = 1 + 2^-11 + 2^-24: rounding the product would lose the last term.
  EXPECT_EQ(of_reals<float>(Fn::fma, {a, a, -(1 + 0x1p-11F)}).reals[0], 0x1p-24F);
}

TEST(Scalar, BitsGoBothWays) {
  for (float x : {1.0F, -0.0F, 0.1F, -INFINITY, 1e-42F}) {
    const Elements<float> bits = of_reals<float>(Fn::as_u32, {x});
    EXPECT_EQ(bits.ints[0], std::bit_cast<uint32_t>(x));
    EXPECT_EQ(std::bit_cast<uint32_t>(map_elements<float>(Fn::as_f32, {&bits}).reals[0]),
              std::bit_cast<uint32_t>(x));
    EXPECT_EQ(of_reals<float>(Fn::as_i32, {x}).ints[0], std::bit_cast<int32_t>(x));
  }
}

}  // namespace
}  // namespace cgan_jit
