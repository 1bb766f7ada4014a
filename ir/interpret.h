#pragma once

#include <vector>

#include "ir/elements.h"
#include "ir/graph.h"

namespace cgan_jit {

/// Runs the graph once, element by element: the oracle. `environment` holds every input and param by name (a
/// name may be both only if it is the same value). Returns the outputs by name. Double: exact functions
/// (std::tanh, ...), for finite differences and the laws of passes. Float: scalar expansions, fma and orders
/// of sums exactly as the graph says, so that it equals the machine code bit for bit. Layouts are ignored.
/// Throws Error when an element is missing or of the wrong type.
template <typename Real>
Environment<Real> interpret(const Graph& graph, const Environment<Real>& environment);

extern template Environment<float> interpret(const Graph&, const Environment<float>&);
extern template Environment<double> interpret(const Graph&, const Environment<double>&);

/// Every node's value, for debugging and for tests of passes (dead nodes included).
template <typename Real>
std::vector<Elements<Real>> interpret_all(const Graph& graph, const Environment<Real>& environment);

extern template std::vector<Elements<float>> interpret_all(const Graph&, const Environment<float>&);
extern template std::vector<Elements<double>> interpret_all(const Graph&, const Environment<double>&);

/// Random but legal inputs and params for a graph, from a seed: reals in [-2, 2], indices inside the table
/// they are used with where that is known, u8 in 0..255, scalars named "step" small and positive.
template <typename Real>
Environment<Real> random_environment(const Graph& graph, uint64_t seed);

extern template Environment<float> random_environment(const Graph&, uint64_t);
extern template Environment<double> random_environment(const Graph&, uint64_t);

}  // namespace cgan_jit
