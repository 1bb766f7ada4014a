#pragma once

#include "tests/support/random/growth.h"

/// What a random graph delivers, once it is grown up: outputs, and updates of params.
namespace cgan_jit {

/// The last value, and some of those before it.
void add_outputs(Growth& g);
/// Every param goes down the slope of the sum of a bounded function of the last value.
void add_gradients(Growth& g);
/// One param goes down some value of its shape.
void update_one(Growth& g);
/// Params become other values, as they are or transposed; each is overwritten once at most.
void change_places(Growth& g);
/// Params of integers count, or become other values of their type.
void change_states(Growth& g);

}  // namespace cgan_jit
