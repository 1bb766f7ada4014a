#pragma once

#include <functional>
#include <string>
#include <vector>

#include "frontend/cgan_jit.h"

namespace cgan_jit {

using Params = std::vector<Tensor>;

/// A function of params "p0", "p1", ... of these shapes; layers in it declare params of their own. Its
/// gradients are held against finite differences, its value and gradients against PyTorch's (fixture/
/// has the same names).
struct Case {
  std::string name;
  std::vector<Shape> shapes;
  std::function<Tensor(Builder&, const Params&)> function;
};

#define CGAN_JIT_CASE(name, shapes, ...)            \
  Case {                                            \
    name, shapes, [](Builder& b, const Params& p) { \
      (void)b;                                      \
      (void)p;                                      \
      return __VA_ARGS__;                           \
    }                                               \
  }
using Shapes = std::vector<Shape>;

std::vector<Case> op_cases();
std::vector<Case> activation_cases();
std::vector<Case> view_cases();
std::vector<Case> window_cases();
std::vector<Case> loss_cases();
std::vector<Case> layer_cases();
/// All but those of layers.
std::vector<Case> function_cases();
/// All of these.
std::vector<Case> all_cases();

/// Every element of `y` times a weight of its own, summed.
Tensor probed(Builder& builder, const Tensor& y);

}  // namespace cgan_jit
