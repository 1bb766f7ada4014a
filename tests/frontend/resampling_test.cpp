#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "frontend/windows.h"
#include "tests/frontend/evaluate.h"

// Laws of interpolate, for pictures of all small widths.

namespace cgan_jit {
namespace {

constexpr int64_t widest = 13;

/// Of each: pixels, and as many others.
template <typename Body>
void each_growth(Body body) {
  for (int64_t old = 1; old <= widest; ++old) {
    for (int64_t extent = 1; extent <= 2 * widest; ++extent) body(old, extent);
  }
}

TEST(Resampling, NearestShowsThePixelThatAFloatProductTells) {
  each_growth([](int64_t old, int64_t extent) {
    Builder builder;
    const Tensor numbers = cast(reshape(builder.iota(0, {old}), {1, 1, old}), DType::f32);
    const Tensor shown = interpolate(numbers, {.size = {1, extent}});
    std::vector<double> expected;
    for (int64_t i = 0; i < extent; ++i) {
      const float step = static_cast<float>(static_cast<double>(old) / static_cast<double>(extent));
      expected.push_back(std::min<double>(static_cast<int64_t>(static_cast<float>(i) * step), old - 1));
    }
    EXPECT_EQ(evaluate(builder, shown), reals({1, 1, extent}, expected)) << old << " to " << extent;
  });
}

double product(const Elements<double>& a, const Elements<double>& b) {
  return std::inner_product(a.reals.begin(), a.reals.end(), b.reals.begin(), 0.0);
}

// Whatever is shown gives back what it was weighed with: (u, A x) = (A' u, x).
TEST(Resampling, GradientIsTheTranspose) {
  for (const InterpolateOptions& mode :
       {InterpolateOptions{}, InterpolateOptions{.mode = Interpolation::bilinear},
        InterpolateOptions{.mode = Interpolation::bilinear, .align_corners = true}}) {
    each_growth([&](int64_t old, int64_t extent) {
      Builder builder;
      const Tensor x = builder.input("x", DType::f32, {1, old, 2}),
                   u = builder.input("u", DType::f32, {1, extent, 3});
      InterpolateOptions how = mode;
      how.size = {extent, 3};
      const Tensor y = interpolate(x, how);
      const Tensor gradient = grad(sum(y * u), {x})[0];
      const Environment<double> values{{"x", random_reals(x.shape(), 1)}, {"u", random_reals(u.shape(), 2)}};
      EXPECT_NEAR(product(evaluate(builder, y, values), values.at("u")),
                  product(evaluate(builder, gradient, values), values.at("x")), 1e-9)
          << old << " to " << extent;
    });
  }
}

}  // namespace
}  // namespace cgan_jit
