#pragma once

#include <span>

#include "tests/support/random/growth.h"

namespace cgan_jit {

/// What a random graph may grow by: a few nodes that make something of values that are there, or of new
/// leaves. The function returns the value to go on from, which is an old one where what it drew does not fit.
struct Grower {
  const char* name;
  int weight;  // how often it is drawn, beside the others' weights
  Value (*grow)(Growth&);
};

/// All of them.
std::span<const Grower> growers();

namespace grow {

// elementwise.cpp
Value unary(Growth& g);
Value safe_unary(Growth& g);
Value binary(Growth& g);
Value selected(Growth& g);
Value discontinuous(Growth& g);
Value detached(Growth& g);
Value iota(Growth& g);
Value uniform(Growth& g);

// integers.cpp
Value integers(Growth& g);
Value integer_products(Growth& g);

// views.cpp
Value broadcast(Growth& g);
Value transposed(Growth& g);
Value sliced(Growth& g);
Value padded(Growth& g);
Value flipped(Growth& g);
Value strided(Growth& g);
Value windows(Growth& g);
Value reshaped(Growth& g);
/// No grower: each element along `axis` so many times in a row; `a` itself where that is too much.
Value repeated_along(Growth& g, Value a, int axis, int64_t times);

// rows.cpp
Value gathered(Growth& g);
Value deposited(Growth& g);
Value joined(Growth& g);

// sums.cpp
Value scattered(Growth& g);
Value reduced(Growth& g);
Value normalised(Growth& g);

// layers.cpp
Value pooled(Growth& g);
Value first_maximum(Growth& g);
Value softmaxed(Growth& g);
Value normalised_along(Growth& g);
Value cumulated(Growth& g);
Value upsampled(Growth& g);
Value regrouped(Growth& g);
Value resampled(Growth& g);

// products.cpp
Value matmul(Growth& g);
Value batched_matmul(Growth& g);
Value convolution(Growth& g);
Value convolution2d(Growth& g);

}  // namespace grow
}  // namespace cgan_jit
