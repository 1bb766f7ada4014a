#include <gtest/gtest.h>

#include <functional>

#include "frontend/layers.h"
#include "frontend/losses.h"
#include "frontend/optimizers.h"

namespace cgan_jit {
namespace {

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) { return error.what(); }
  return "no error";
}

/// The message of an error in this file.
std::string at_line(int line, const std::string& text) {
  return fmt::format("errors_test.cpp:{}: {}", line, text);
}

class Errors : public testing::Test {
 protected:
  Builder builder;
  Tensor a = builder.input("a", DType::f32, {64, 784});
  Tensor b = builder.input("b", DType::f32, {768, 10});
  Tensor n = builder.input("n", DType::i32, {64});
};

TEST_F(Errors, FunctionsNameTheLineAndBothShapes) {
  const auto error = error_of([&] { matmul(a, b); });
  EXPECT_EQ(error, at_line(__LINE__ - 1, "matmul: [64,784] by [768,10]"));
}

TEST_F(Errors, OperatorsNameTheLineAndBothShapes) {
  const auto error = error_of([&] { a + b; });
  EXPECT_EQ(error, at_line(__LINE__ - 1, "add: [64,784] by [768,10]"));
}

TEST_F(Errors, LayersNameTheLineOfTheirCall) {
  const Linear linear(builder / "linear", 768, 10);
  const auto error = error_of([&] { linear(a); });
  EXPECT_EQ(error, at_line(__LINE__ - 1, "linear: [64,784] by weight [10,768]"));
}

TEST_F(Errors, SequentialNamesTheLineOfItsCall) {
  Sequential model(builder / "model");
  model.add<Linear>(784, 100);
  model.add<Linear>(10, 10);
  const auto error = error_of([&] { model(a); });
  EXPECT_EQ(error, at_line(__LINE__ - 1, "linear: [64,100] by weight [10,10]"));
}

TEST_F(Errors, LossesNameTheLineOfTheirCall) {
  const auto mse = error_of([&] { mse_loss(a, b); });
  EXPECT_EQ(mse, at_line(__LINE__ - 1, "mse_loss: [64,784] by [768,10]"));
  const auto entropy = error_of([&] { cross_entropy(b, n); });
  EXPECT_EQ(entropy, at_line(__LINE__ - 1,
                             "cross_entropy: [768,10] by labels [64]: they are [n,classes,...] by [n,...]"));
}

TEST_F(Errors, ElementTypesMustFit) {
  const auto mixed = error_of([&] { n + builder.input("m", DType::f32, {64}); });
  EXPECT_EQ(mixed, at_line(__LINE__ - 1, "add: does not take i32[64] by f32[64]"));
  const auto real = error_of([&] { exp(n); });
  EXPECT_EQ(real, at_line(__LINE__ - 1, "exp: does not take i32[64]"));
}

TEST_F(Errors, ViewsAreChecked) {
  const auto slices = error_of([&] { slice(a, 1, 0, 785); });
  EXPECT_EQ(slices, at_line(__LINE__ - 1, "slice: [0, 785) by 1 of axis 1 of [64,784]"));
  const auto reshapes = error_of([&] { reshape(a, {-1, 100}); });
  EXPECT_EQ(reshapes, at_line(__LINE__ - 1, "reshape: [64,784] to [501,100]"));
  const auto concats = error_of([&] { concat({a, b}, 1); });
  EXPECT_EQ(concats, at_line(__LINE__ - 1, "concat along axis 1: f32[64,784] by f32[768,10]"));
  const auto axes = error_of([&] { sum(a, {2}); });
  EXPECT_EQ(axes, at_line(__LINE__ - 1, "sum: [64,784] has no axis 2"));
  const auto broadcasts = error_of([&] { broadcast_to(a, {64}); });
  EXPECT_EQ(broadcasts, at_line(__LINE__ - 1, "broadcast: [64,784] to [64]"));
}

TEST_F(Errors, GradWantsAScalar) {
  const auto error = error_of([&] { grad(a, {b}); });
  EXPECT_EQ(error, at_line(__LINE__ - 1, "grad: the loss is no f32 scalar but f32[64,784]"));
}

TEST_F(Errors, ParamsHaveOneDeclaration) {
  builder.param("w", {2}, NormalInit{});
  const auto error = error_of([&] { builder.param("w", {2}, NormalInit{}); });
  EXPECT_EQ(error, at_line(__LINE__ - 1, "param \"w\" is declared twice"));
}

TEST_F(Errors, BuildersDoNotMix) {
  Builder other;
  const Tensor c = other.input("c", DType::f32, {64, 784});
  const auto error = error_of([&] { a + c; });
  EXPECT_EQ(error, at_line(__LINE__ - 1, "add: f32[64,784] by f32[64,784]: of two builders"));
}

}  // namespace
}  // namespace cgan_jit
