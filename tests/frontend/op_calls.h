#pragma once

#include "tests/frontend/cases.h"

namespace cgan_jit {

/// What is wrong with the tensors of which is an Error that names the operation.
struct OpCall {
  std::string op;  // as errors name it; of a layer "Layer|op"
  std::vector<Type> takes;
  std::string text;
  std::function<void(Builder&, const Params&)> run;
};

/// Of every operation.
std::vector<OpCall> all_calls();

}  // namespace cgan_jit
