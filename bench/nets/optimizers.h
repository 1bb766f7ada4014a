#pragma once

#include <string>
#include <vector>

#include "frontend/ops.h"

namespace cgan_jit::nets {

// Optimisers as a user writes them with the library's operations.

/// RMSprop as PyTorch has it (Hinton 2012): v = alpha v + (1 - alpha) g^2, p -= lr g / (sqrt(v) + eps). The
/// mean square of param "p" is the state "rmsprop.p".
struct RmsProp {
  double lr = 0.01, alpha = 0.99, eps = 1e-8;
  void minimize(const Tensor& loss, const std::vector<Tensor>& params) const;
};

/// Behind an optimiser: each param's new value ends up in [-limit, limit].
void clamp(const std::vector<Tensor>& params, double limit);

/// Adam (frontend/optimizers.h) with moments "NAME.p.m" and "NAME.p.v": two programs that train one param
/// have moments of their own.
struct NamedAdam {
  std::string name;
  double lr = 0.001, b1 = 0.9, b2 = 0.999, eps = 1e-8;
  void minimize(const Tensor& loss, const std::vector<Tensor>& params) const;
};

}  // namespace cgan_jit::nets
