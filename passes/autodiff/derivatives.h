#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"

namespace cgan_jit {

/// One use of a scalar function in a graph, and the gradient of its result.
struct MapUse {
  Fn fn;
  std::vector<Value> operands;
  Value out;
  Value gradient;
};

/// Adds the nodes of gradient * d(out)/d(operands[operand]); nothing where the function has no gradient
/// there. A derivative names the result where it can, so that pre-activations need not live on. At kinks:
/// abs'(0) = 0; max and min give all of it to the operand that they return, of equal ones to the second, and
/// where one is NaN to both; leaky_relu'(0) = slope.
std::optional<Value> pulled_back(Graph& graph, const MapUse& use, int operand);

/// True if the table has a derivative of `fn` by that operand.
bool has_derivative(Fn fn, int operand);

}  // namespace cgan_jit
