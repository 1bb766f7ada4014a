#pragma once

#include "frontend/emit.h"
#include "frontend/losses.h"

namespace cgan_jit {

// For the losses' own definitions.

/// What becomes of the elements' losses.
Tensor reduced(const Located& losses, Reduction reduction);
/// Throws Error at x's line unless both are f32, of one builder, and broadcast.
void require_target(const Located& x, const Operand& target, std::string_view op);
/// The target as one.
Located target_tensor(const Located& x, const Operand& target);
/// x where it is not negative, else 0; the gradient passes at 0, too.
Tensor not_negative(const Located& x);

}  // namespace cgan_jit
