#include "frontend/init.h"

#include <gtest/gtest.h>
#include <xmmintrin.h>

#include <cmath>
#include <numbers>

#include "frontend/cgan_jit.h"
#include "ir/text.h"
#include "tests/support/first_values.h"

namespace cgan_jit {
namespace {

float bound_of(const Init& init, const Shape& shape) {
  return std::get<UniformInit>(distribution_of(init, shape)).bound;
}
float std_of(const Init& init, const Shape& shape) {
  const auto normal = std::get<NormalInit>(distribution_of(init, shape));
  EXPECT_EQ(normal.mean, 0);
  return normal.std;
}

// The table of torch.nn.init.calculate_gain.
TEST(Init, GainsArePyTorchs) {
  EXPECT_EQ(calculate_gain(Nonlinearity::linear), 1);
  EXPECT_EQ(calculate_gain(Nonlinearity::sigmoid), 1);
  EXPECT_DOUBLE_EQ(calculate_gain(Nonlinearity::tanh), 1.6666666666666667);
  EXPECT_DOUBLE_EQ(calculate_gain(Nonlinearity::relu), 1.4142135623730951);
  EXPECT_DOUBLE_EQ(calculate_gain(Nonlinearity::leaky_relu), 1.4141428569978354);
  EXPECT_DOUBLE_EQ(calculate_gain(Nonlinearity::leaky_relu, 0.2), 1.3867504905630728);
  EXPECT_EQ(calculate_gain(Nonlinearity::selu), 0.75);
}

// Formulas as torch.nn.init documents them. A convolution's fans count its windows.
TEST(Init, BoundsAndDeviationsArePyTorchs) {
  struct Case {
    Shape shape;
    double in, out;
  };
  for (const auto& [shape, in, out] : {Case{{30, 20}, 20, 30}, Case{{30, 20, 3, 5}, 300, 450}}) {
    EXPECT_FLOAT_EQ(bound_of(xavier_uniform(), shape), std::sqrt(6 / (in + out)));
    EXPECT_FLOAT_EQ(bound_of(xavier_uniform(5.0 / 3), shape), 5.0 / 3 * std::sqrt(6 / (in + out)));
    EXPECT_FLOAT_EQ(std_of(xavier_normal(), shape), std::sqrt(2 / (in + out)));
    EXPECT_FLOAT_EQ(std_of(xavier_normal(0.5), shape), 0.5 * std::sqrt(2 / (in + out)));
    EXPECT_FLOAT_EQ(bound_of(kaiming_uniform(), shape), std::sqrt(2.0) * std::sqrt(3 / in));
    EXPECT_FLOAT_EQ(bound_of(kaiming_uniform({.a = std::sqrt(5.0)}), shape), 1 / std::sqrt(in));
    EXPECT_FLOAT_EQ(bound_of(kaiming_uniform({0, Fan::out, Nonlinearity::tanh}), shape),
                    5.0 / 3 * std::sqrt(3 / out));
    EXPECT_FLOAT_EQ(std_of(kaiming_normal(), shape), std::sqrt(2 / in));
    EXPECT_FLOAT_EQ(std_of(kaiming_normal({0.2, Fan::out, Nonlinearity::leaky_relu}), shape),
                    std::sqrt(2 / 1.04 / out));
    EXPECT_FLOAT_EQ(std_of(kaiming_normal({.nonlinearity = Nonlinearity::linear}), shape), 1 / std::sqrt(in));
  }
}

template <typename Action>
std::string told(const Action& action) {
  try {
    action();
  } catch (const Error& error) { return error.what(); }
  return "nothing";
}

TEST(Init, WithoutMeaningIsAnErrorAtTheUsersLine) {
  Builder builder;
  const auto declared = [&](const Shape& shape, const Init& init) {
    const std::string text = told([&] { builder.param("w", shape, init); });
    return text.substr(text.find("param"));
  };
  EXPECT_TRUE(told([&] { builder.param("w", {3}, xavier_normal()); }).starts_with("init_test.cpp:"));
  EXPECT_EQ(declared({3}, xavier_normal()), "param \"w\": a fan is that of two axes or more, not of [3]");
  EXPECT_EQ(declared({3}, NormalInit{0, -1}), "param \"w\": a std of -1: must be 0 or more, and finite");
  EXPECT_EQ(declared({3}, UniformInit{INFINITY}),
            "param \"w\": a bound of inf: must be 0 or more, and finite");
  EXPECT_EQ(declared({3, 3}, kaiming_uniform({.a = NAN})),
            "param \"w\": a gain of nan: must be 0 or more, and finite");
  EXPECT_TRUE(builder.params().empty());
  EXPECT_EQ(builder.graph().size(), 0u);
}

TEST(Init, OfNothingDrawsNothing) {
  EXPECT_EQ(distribution_of(kaiming_normal(), {3, 0}), Distribution(ConstantInit{0}));
}

Session session_with(const Recording& program, int threads = 2, const std::set<std::string>& disabled = {}) {
  SessionOptions options;
  options.threads = threads;
  options.cache_dir = "";
  options.disabled_passes = disabled;
  Session session(std::move(options));
  session.add("p", program);
  return session;
}

/// Params of every beginning, for each way to lie that shapes lead to, small ones and some of many blocks.
Recording all_kinds() {
  const std::vector<Shape> shapes = {
      {},      {1},     {5000},    {3, 70},       {70, 3},    {5, 7},         {2100, 1},
      {1, 33}, {64, 0}, {130, 48}, {2, 3, 40, 5}, {40, 3, 5}, {2, 2050, 3, 2}};
  const std::vector<Init> inits = {UniformInit{0.25f},  NormalInit{},     NormalInit{-3, 0.02f},
                                   ConstantInit{-0.0f}, kaiming_normal(), xavier_uniform(2)};
  Builder builder;
  for (const Shape& shape : shapes) {
    for (size_t i = 0; i < inits.size(); ++i) {
      if (std::holds_alternative<FanInit>(inits[i]) && shape.size() < 2) continue;
      builder.param(to_string(shape) + std::to_string(i), shape, inits[i]);
    }
    builder.state("count" + to_string(shape), {DType::i32, {3}});
  }
  return builder.build();
}

std::vector<std::byte> bytes_of(const std::vector<float>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

// Law: what a session draws is the definition's, bit for bit, at any number of threads and however params
// lie.
TEST(FirstValues, AreTheDefinitionsAtAnyNumberOfThreadsAndInAnyLayout) {
  const Recording program = all_kinds();
  const auto expected = first_values(program.params, 5);
  for (const int threads : {1, 3}) {
    for (const std::set<std::string>& disabled : {std::set<std::string>{}, {"layout"}}) {
      Session session = session_with(program, threads, disabled);
      session.initialize(5);
      for (const auto& [name, values] : expected)
        EXPECT_EQ(session.param_bytes(name), bytes_of(values)) << name;
    }
  }
}

TEST(FirstValues, AreOthersForAnotherSeed) {
  Builder builder;
  builder.param("w", {100}, NormalInit{});
  Session session = session_with(builder.build());
  session.initialize(3);
  const std::vector<float> values = session.param("w");
  session.initialize(4);
  EXPECT_NE(session.param("w"), values);
  session.initialize(3);
  EXPECT_EQ(session.param("w"), values);
}

// Law: params are numbered over all programs, as they are declared for the first time; whoever is declared
// again keeps its number and its beginning.
TEST(FirstValues, AreNumberedOverAllPrograms) {
  const auto program = [](const std::vector<std::string>& names, const Init& init) {
    Builder builder;
    for (const std::string& name : names) builder.param(name, {40, 3}, init);
    return builder.build();
  };
  Session session = session_with(program({"c", "a"}, NormalInit{}));
  session.add("second", program({"a", "b"}, UniformInit{1}));
  session.initialize(9);
  const auto expected = first_values(
      {{"c", {40, 3}, NormalInit{}}, {"a", {40, 3}, NormalInit{}}, {"b", {40, 3}, UniformInit{1}}}, 9);
  for (const auto& [name, values] : expected) EXPECT_EQ(session.param(name), values) << name;
}

// Law: what only a graph names is 0, until a program says how it begins.
TEST(FirstValues, OfAGraphAloneAreZero) {
  const Graph graph =
      parse("graph {\n%w = param \"w\" : f32[20]\n%y = neg %w : f32[20]\noutput \"y\" %y\n}\n");
  Session session = session_with(graph);
  session.set_param("w", std::vector<float>(20, 1));
  session.initialize(1);
  EXPECT_EQ(session.param("w"), std::vector<float>(20, 0));
  Builder builder;
  builder.param("w", {20}, ConstantInit{3});
  session.add("second", builder.build());
  EXPECT_EQ(session.param("w"), std::vector<float>(20, 0)) << "only initialize draws";
  session.initialize(1);
  EXPECT_EQ(session.param("w"), std::vector<float>(20, 3));
}

struct Moments {
  double mean = 0, variance = 0;
};
Moments moments_of(const std::vector<float>& values) {
  Moments moments;
  for (const double value : values) moments.mean += value / static_cast<double>(values.size());
  for (const double value : values)
    moments.variance += std::pow(value - moments.mean, 2) / static_cast<double>(values.size());
  return moments;
}

/// The normal number of element e, in double.
double exact_normal(uint32_t seed, uint32_t stream, uint32_t e) {
  const auto uniform = [&](uint32_t of) {
    return (philox({e / 4, of, 0, 0}, {seed, 0})[e % 4] >> 8) * 0x1p-24;
  };
  return std::sqrt(-2 * std::log(1 - uniform(stream))) * std::cos(2 * std::numbers::pi * uniform(stream + 1));
}

// Of n numbers the mean is off by more than 5 standard errors with a probability below 1e-6.
TEST(FirstValues, OfTenMillionAreTheDefinitionsHaveItsMomentsAndLieWhereTheyBelong) {
  constexpr uint32_t rows = 1000, columns = 10000, count = rows * columns;
  Builder builder;
  builder.param("normal", {rows, columns}, NormalInit{});
  builder.param("uniform", {columns, rows, 1}, UniformInit{3});
  Session session = session_with(builder.build());
  session.initialize(7);
  const std::vector<float> normal = session.param("normal"), uniform = session.param("uniform");

  const std::vector<float> begin = normal_values(7, 0, 5000);
  EXPECT_TRUE(std::equal(begin.begin(), begin.end(), normal.begin()));
  for (uint32_t e = 0; e < count; e += e % 7 + 997) {
    ASSERT_NEAR(normal[e], exact_normal(7, 0, e), 2e-6) << e;
    const float u = static_cast<float>(philox({e / 4, 2, 0, 0}, {7, 0})[e % 4] >> 8) * 0x1p-24f;
    ASSERT_EQ(uniform[e], (2 * u - 1) * 3) << e;
  }
  const Moments of_normal = moments_of(normal), of_uniform = moments_of(uniform);
  EXPECT_NEAR(of_normal.mean, 0, 5 / std::sqrt(count));
  EXPECT_NEAR(of_normal.variance, 1, 5 * std::sqrt(2.0 / count));
  EXPECT_NEAR(of_uniform.mean, 0, 5 * std::sqrt(3.0 / count));
  EXPECT_NEAR(of_uniform.variance, 3, 5 * 3 * std::sqrt(0.8 / count));
}

// Law: the host's floating-point environment changes no bit.
TEST(FirstValues, AreTheSameInAnyFloatingPointEnvironment) {
  const auto drawn = [] {
    Builder builder;
    builder.param("w", {30, 50}, kaiming_normal({.a = 0.3}));
    Session session = session_with(builder.build());
    session.initialize(2);
    return session.param("w");
  };
  const std::vector<float> expected = drawn();
  const unsigned standard = _mm_getcsr();
  _mm_setcsr(0x1f80 | 0x2000);
  const std::vector<float> found = drawn();
  _mm_setcsr(standard);
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace cgan_jit
