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

/// `error` has this text, of the line before.
#define EXPECT_TOLD_AT(error, ...) EXPECT_EQ(error, at_line(__LINE__ - 1, __VA_ARGS__))

class Errors : public testing::Test {
 protected:
  Builder builder;
  Tensor a = builder.input("a", DType::f32, {64, 784});
  Tensor b = builder.input("b", DType::f32, {768, 10});
  Tensor n = builder.input("n", DType::i32, {64});
};

TEST_F(Errors, FunctionsNameTheLineAndBothShapes) {
  const auto error = error_of([&] { matmul(a, b); });
  EXPECT_TOLD_AT(error, "matmul: [64,784] by [768,10]: rows of 784 by columns of 768");
}

TEST_F(Errors, OperatorsNameTheLineAndBothShapes) {
  const auto error = error_of([&] { a + b; });
  EXPECT_TOLD_AT(error, "add: [64,784] by [768,10]: axis -1 is 784 and 10, which are neither equal nor 1");
}

TEST_F(Errors, LayersNameTheLineOfTheirCall) {
  const Linear linear(builder / "linear", 768, 10);
  const auto error = error_of([&] { linear(a); });
  EXPECT_TOLD_AT(error, "linear: [64,784] by weight [10,768]: the last axis is to be 768");
}

TEST_F(Errors, SequentialNamesTheLineOfItsCall) {
  Sequential model(builder / "model");
  model.add<Linear>(784, 100);
  model.add<Linear>(10, 10);
  const auto error = error_of([&] { model(a); });
  EXPECT_TOLD_AT(error, "linear: [64,100] by weight [10,10]: the last axis is to be 10");
}

TEST_F(Errors, LossesNameTheLineOfTheirCall) {
  constexpr const char* of_mse =
      "mse_loss: [64,784] by [768,10]: axis -1 is 784 and 10, which are neither equal nor 1";
  const auto mse = error_of([&] { mse_loss(a, b); });
  EXPECT_TOLD_AT(mse, of_mse);
  const auto entropy = error_of([&] { cross_entropy(b, n); });
  EXPECT_TOLD_AT(entropy, "cross_entropy: [768,10] by labels [64]: they are [n,classes,...] by [n,...]");
}

TEST_F(Errors, ElementTypesMustFit) {
  const auto mixed = error_of([&] { n + builder.input("m", DType::f32, {64}); });
  EXPECT_TOLD_AT(mixed, "add: does not take i32[64] by f32[64]: all are f32 or i32 or u32");
  const auto real = error_of([&] { exp(n); });
  EXPECT_TOLD_AT(real, "exp: does not take i32[64]: it is f32");
}

TEST_F(Errors, SayWhatWouldFit) {
  constexpr const char* of_rows =
      "add: [64,784] by [64]: axis -1 is 784 and 64, which are neither equal nor 1; [64,1] would fit";
  const auto rows = error_of([&] { a + n; });
  EXPECT_TOLD_AT(rows, of_rows);
  constexpr const char* of_product =
      "matmul: [64,784] by [64,784]: rows of 784 by columns of 64; the second one transposed would fit";
  const auto product = error_of([&] { matmul(a, a); });
  EXPECT_TOLD_AT(product, of_product);
  const auto count = error_of([&] { reshape(a, {64, 783}); });
  EXPECT_TOLD_AT(count, "reshape: [64,784] to [64,783]: 50176 elements, not 50112");
}

TEST_F(Errors, ViewsAreChecked) {
  constexpr const char* of_slices =
      "slice: [0, 785) by 1 of axis 1 of [64,784]: there are 0 to 784, steps of 1 or more";
  const auto slices = error_of([&] { slice(a, 1, 0, 785); });
  EXPECT_TOLD_AT(slices, of_slices);
  const auto reshapes = error_of([&] { reshape(a, {-1, 100}); });
  EXPECT_TOLD_AT(reshapes, "reshape: [64,784] to [-1,100]: the extents given do not divide 50176 elements");
  constexpr const char* of_concats =
      "concat along axis 1: f32[64,784] by f32[768,10]: parts may differ along that axis alone";
  const auto concats = error_of([&] { concat({a, b}, 1); });
  EXPECT_TOLD_AT(concats, of_concats);
  const auto axes = error_of([&] { sum(a, {2}); });
  EXPECT_TOLD_AT(axes, "sum: [64,784] has no axis 2: there are 0 to 1, or -2 to -1");
  constexpr const char* of_broadcasts =
      "broadcast: [64,784] to [64]: only axes of 1 stretch, and new ones stand before them";
  const auto broadcasts = error_of([&] { broadcast_to(a, {64}); });
  EXPECT_TOLD_AT(broadcasts, of_broadcasts);
}

TEST_F(Errors, GradWantsAScalar) {
  const auto error = error_of([&] { grad(a, {b}); });
  EXPECT_TOLD_AT(error, "grad: the loss is no f32 scalar but f32[64,784]");
}

TEST_F(Errors, ParamsHaveOneDeclaration) {
  builder.param("w", {2}, NormalInit{});
  const auto error = error_of([&] { builder.param("w", {2}, NormalInit{}); });
  EXPECT_TOLD_AT(error, "param \"w\" is declared twice");
}

TEST_F(Errors, BuildersDoNotMix) {
  Builder other;
  const Tensor c = other.input("c", DType::f32, {64, 784});
  const auto error = error_of([&] { a + c; });
  EXPECT_TOLD_AT(error, "add: f32[64,784] by f32[64,784]: of two builders");
}

}  // namespace
}  // namespace cgan_jit
