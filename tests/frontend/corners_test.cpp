#include <gtest/gtest.h>

#include <cmath>

#include "frontend/activations.h"
#include "frontend/losses.h"
#include "tests/frontend/evaluate.h"

// Where a function has no slope, nothing to work on, or numbers that are none, it does as PyTorch's does.

namespace cgan_jit {
namespace {

using Numbers = std::vector<double>;

class Corners : public testing::Test {
 protected:
  /// `w` holds `numbers` from here on.
  Tensor holding(const Numbers& numbers) {
    const Shape shape = {static_cast<int64_t>(numbers.size())};
    const std::string name = "w" + std::to_string(given.size());
    given[name] = reals(shape, numbers);
    return builder.param(name, shape, ConstantInit{0});
  }
  Numbers value(const Tensor& tensor) { return evaluate(builder, tensor, given).reals; }
  std::vector<int64_t> whole(const Tensor& tensor) {
    const Elements<double> found = evaluate(builder, tensor, given);
    return {found.ints.begin(), found.ints.end()};
  }
  Numbers slope(const Tensor& of, const Tensor& by) { return value(grad(sum(of), {by})[0]); }

  Builder builder;
  Environment<double> given;
  static constexpr double smallest = -2147483648;
};

TEST_F(Corners, ExtremesOfAnything) {
  EXPECT_TRUE(std::isnan(value(min(holding({1, NAN, 2})))[0]));
  EXPECT_EQ(value(min(holding({}))), Numbers{INFINITY});
  const Tensor integers = builder.constant(smallest, DType::i32, {2});
  EXPECT_EQ(whole(min(integers)), std::vector<int64_t>{static_cast<int64_t>(smallest)});
  EXPECT_EQ(whole(argmin(concat({integers + 5, integers, integers}, 0))), std::vector<int64_t>{2});
  EXPECT_EQ(whole(argmin(holding({1, NAN, -2, NAN}))), std::vector<int64_t>{1});
  const Tensor equal = holding({3, 1, 1, 2});
  EXPECT_EQ(slope(min(equal), equal), (Numbers{0, 0.5, 0.5, 0}));
}

TEST_F(Corners, TruthOfNothingAndOfNaN) {
  EXPECT_EQ(whole(any(holding({}))), std::vector<int64_t>{0});
  EXPECT_EQ(whole(all(holding({}))), std::vector<int64_t>{1});
  EXPECT_EQ(whole(all(holding({NAN, -1}))), std::vector<int64_t>{1});
  EXPECT_EQ(whole(any(holding({0, -0.0}))), std::vector<int64_t>{0});
}

TEST_F(Corners, ProductsWithZerosHaveSlopes) {
  const Tensor one = holding({2, 0, 3, 5, 7}), two = holding({2, 0, 3, 0});
  EXPECT_EQ(slope(prod(one), one), (Numbers{0, 210, 0, 0, 0}));
  EXPECT_EQ(slope(prod(two), two), (Numbers{0, 0, 0, 0}));
  EXPECT_EQ(value(prod(holding({}))), Numbers{1});
  EXPECT_EQ(whole(prod(arange(builder, 1, 8))), std::vector<int64_t>{5040});
}

TEST_F(Corners, RootsOfZeroHaveNoSlope) {
  const Tensor same = holding({2, 2}), none = holding({0, 0});
  EXPECT_EQ(slope(stddev(same), same), (Numbers{0, 0}));
  EXPECT_EQ(value(normalize(none, 0)), (Numbers{0, 0}));
  EXPECT_EQ(value(cosine_similarity(none, same, 0)), Numbers{0});
  EXPECT_EQ(slope(cosine_similarity(none, none, 0), none), (Numbers{0, 0}));
}

TEST_F(Corners, SlopesAtBounds) {
  const Tensor bounds = holding({-1, 1}), six = holding({0, 6}), three = holding({-3, 3}),
               zero = holding({0});
  EXPECT_EQ(slope(hardtanh(bounds), bounds), (Numbers{0, 0}));
  EXPECT_EQ(slope(relu6(six), six), (Numbers{0, 0}));
  EXPECT_EQ(slope(hardsigmoid(three), three), (Numbers{0, 0}));
  EXPECT_EQ(slope(hardswish(three), three), (Numbers{0, 1}));
  EXPECT_EQ(slope(logsigmoid(zero), zero), Numbers{0.5});
  EXPECT_EQ(slope(softsign(zero), zero), Numbers{1});
  EXPECT_EQ(slope(celu(zero, 0.5f), zero), Numbers{1});
}

TEST_F(Corners, ActivationsOfLargeNumbers) {
  const Tensor large = holding({-1e30, 1e30});
  EXPECT_EQ(value(mish(large)), (Numbers{0, 1e30}));
  EXPECT_EQ(slope(mish(large), large), (Numbers{0, 1}));
  EXPECT_EQ(value(logsigmoid(large)), (Numbers{-1e30, 0}));
  EXPECT_EQ(slope(logsigmoid(large), large), (Numbers{1, 0}));
  EXPECT_EQ(slope(selu(large), large)[0], 0);
}

TEST_F(Corners, EndsAreMetExactly) {
  const Tensor from = holding({1e8, 3}), to = holding({1, 0.1});
  EXPECT_EQ(value(lerp(from, to, 1)), value(to));
  EXPECT_EQ(value(lerp(from, to, builder.constant(1))), value(to));
  EXPECT_EQ(value(lerp(from, to, 0)), value(from));
  const Numbers line = value(linspace(builder, -0.3, 0.7, 7));
  EXPECT_EQ(line.front(), -0.3f);
  EXPECT_EQ(line.back(), 0.7f);
  EXPECT_EQ(value(linspace(builder, 5, 7, 1)), Numbers{5});
  EXPECT_EQ(value(linspace(builder, 5, 7, 0)), Numbers{});
}

TEST_F(Corners, ViewsOfNothingAndBeyond) {
  const Tensor none = holding({}), x = holding({1, 2, 3});
  EXPECT_EQ(value(roll(none, 5, 0)), Numbers{});
  EXPECT_EQ(value(roll(x, -4)), (Numbers{2, 3, 1}));
  EXPECT_EQ(value(repeat(x, {0})), Numbers{});
  EXPECT_EQ(value(repeat(x, {2, 2})).size(), 12u);
  EXPECT_EQ(value(pad(x, {{2, 2}}, Border::reflect)), (Numbers{3, 2, 1, 2, 3, 2, 1}));
  EXPECT_EQ(value(pad(x, {{3, 1}}, Border::circular)), (Numbers{1, 2, 3, 1, 2, 3, 1}));
  EXPECT_EQ(value(pad(none, {{0, 0}}, Border::replicate)), Numbers{});
  EXPECT_EQ(value(index_select(x, 0, arange(builder, -1, 5, 2))), (Numbers{0, 2, 0}));
  EXPECT_EQ(value(broadcast_to(x, {-1})), value(x));
}

TEST_F(Corners, OfOtherElementTypes) {
  const Tensor numbers = arange(builder, 4), even = arange(builder, 4) - arange(builder, 4) == 0;
  EXPECT_EQ(whole(masked_fill(numbers, numbers > 1, -7)), (std::vector<int64_t>{0, 1, -7, -7}));
  EXPECT_EQ(whole(roll(even, 1, 0)), (std::vector<int64_t>{1, 1, 1, 1}));
  EXPECT_EQ(whole(square(numbers)), (std::vector<int64_t>{0, 1, 4, 9}));
  EXPECT_EQ(whole(ones_like(even)), (std::vector<int64_t>{1, 1, 1, 1}));
}

TEST_F(Corners, LossesOfLargeNumbersAndOfNumbers) {
  const Tensor x = holding({1000, -1000}), small = holding({1e-9, 1});
  EXPECT_EQ(value(soft_margin_loss(x, 1, Reduction::none)), (Numbers{0, 1000}));
  EXPECT_EQ(value(hinge_embedding_loss(x, -1, 1, Reduction::none)), (Numbers{0, 1001}));
  EXPECT_EQ(value(hinge_embedding_loss(x, 1, 1, Reduction::none)), (Numbers{1000, -1000}));
  EXPECT_EQ(value(margin_ranking_loss(x, x + 1, 1, 0.5f, Reduction::none)), (Numbers{1.5, 1.5}));
  EXPECT_EQ(
      value(poisson_nll_loss(small, 2, {.log_input = false, .eps = 1, .reduction = Reduction::none}))[1],
      1 - 2 * std::log(2));
}

// A variance below eps is eps, but has its slope there.
TEST_F(Corners, AVarianceTooSmallHasASlope) {
  const Tensor x = holding({1, 1}), var = holding({0.125, 4});
  const Tensor losses = gaussian_nll_loss(x, 0, var, {.eps = 0.25f, .reduction = Reduction::none});
  EXPECT_EQ(value(losses), (Numbers{(std::log(0.25) + 4) / 2, (std::log(4) + 0.25) / 2}));
  EXPECT_EQ(slope(losses, var), (Numbers{(4 - 16) / 2.0, (0.25 - 0.0625) / 2}));
}

}  // namespace
}  // namespace cgan_jit
