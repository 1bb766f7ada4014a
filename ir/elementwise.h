#pragma once

#include <vector>

#include "ir/elements.h"
#include "ir/scalar.h"

namespace cgan_jit {

/// Fn::max and Fn::min: NaN if either is, of two equal ones the first.
template <typename T>
T larger(T a, T b) {
  return b > a || b != b ? b : a;
}
template <typename T>
T smaller(T a, T b) {
  return b < a || b != b ? b : a;
}

/// `value` at every element.
template <typename Real>
Elements<Real> filled(Type type, double value);

/// fn over equally many elements, element by element, as the interpreter computes it. The result has the
/// first operand's shape.
template <typename Real>
Elements<Real> map_elements(Fn fn, const std::vector<const Elements<Real>*>& operands);

extern template Elements<float> filled(Type, double);
extern template Elements<double> filled(Type, double);
extern template Elements<float> map_elements(Fn, const std::vector<const Elements<float>*>&);
extern template Elements<double> map_elements(Fn, const std::vector<const Elements<double>*>&);

}  // namespace cgan_jit
