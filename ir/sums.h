#pragma once

#include "ir/elements.h"
#include "ir/graph.h"

/// Ops that combine elements, as the interpreter runs them: each in the one order that its op stands for
/// (ir/graph.h). `type` is the result's.
namespace cgan_jit {

template <typename Real>
Elements<Real> reduce_elements(const Reduce& op, const Elements<Real>& in, const Type& type);

template <typename Real>
Elements<Real> scatter_elements(const Scatter& op, const Elements<Real>& in, const Type& type);

template <typename Real>
Elements<Real> deposit_elements(const Elements<Real>& indices, const Elements<Real>& rows, const Type& type);

template <typename Real>
Elements<Real> contract_elements(const Contract& op, const Elements<Real>& lhs, const Elements<Real>& rhs,
                                 const Type& type);

extern template Elements<float> reduce_elements(const Reduce&, const Elements<float>&, const Type&);
extern template Elements<double> reduce_elements(const Reduce&, const Elements<double>&, const Type&);
extern template Elements<float> scatter_elements(const Scatter&, const Elements<float>&, const Type&);
extern template Elements<double> scatter_elements(const Scatter&, const Elements<double>&, const Type&);
extern template Elements<float> deposit_elements(const Elements<float>&, const Elements<float>&, const Type&);
extern template Elements<double> deposit_elements(const Elements<double>&, const Elements<double>&,
                                                  const Type&);
extern template Elements<float> contract_elements(const Contract&, const Elements<float>&,
                                                  const Elements<float>&, const Type&);
extern template Elements<double> contract_elements(const Contract&, const Elements<double>&,
                                                   const Elements<double>&, const Type&);

}  // namespace cgan_jit
