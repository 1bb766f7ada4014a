#pragma once

#include <set>

#include "ir/loops.h"

/// What the code of a loop needs to know of its body beforehand.
namespace cgan_jit {

/// The registers that some statement of the block, or of blocks inside of it, assigns.
std::set<loop::Reg> assigned_in(const loop::Block& block);

/// The copies of a loop's body that pay, at most as many as it asks for: unrolling is a hint, and a long body
/// gains nothing by it but time to compile and spills.
int worthwhile_copies(const loop::For& loop);

}  // namespace cgan_jit
