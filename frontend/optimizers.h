#pragma once

#include <vector>

#include "frontend/ops.h"

namespace cgan_jit {

// An optimiser records each param's update (and its own state's) as outputs of the program. Every read of a
// param elsewhere in the program sees its value at the start of the step, so that two losses may be minimised
// in one program.

/// p -= lr * d(loss)/dp.
struct SGD {
  double lr = 0.01;
  void minimize(const Located& loss, const std::vector<Tensor>& params) const;
};

/// Adam with bias correction (Kingma & Ba 2015, algorithm 1); lr > 0, 0 <= b1, b2 < 1. The moments of param
/// "p" are the states "adam.p.m" and "adam.p.v", from 0. The step count is the input "step", which starts
/// at 1.
struct Adam {
  double lr = 0.001;
  double b1 = 0.9, b2 = 0.999;
  double eps = 1e-8;
  void minimize(const Located& loss, const std::vector<Tensor>& params) const;
};

}  // namespace cgan_jit
