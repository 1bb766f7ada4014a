#pragma once

#include "bench/nets/training_step.h"

namespace cgan_jit::nets {

/// Every net at its full size, by the name that `cgan_jit bench --model` has for it.
std::map<std::string, TrainingStep (*)()> all();

}  // namespace cgan_jit::nets
