#pragma once

#include <vector>

#include "ir/elements.h"
#include "ir/graph.h"

/// Ops as the interpreter runs them whose results' elements are ones of their operands', or a fill: nothing
/// is computed. `type` is the result's.
namespace cgan_jit {

template <typename Real>
Elements<Real> reindex_elements(const Reindex& op, const Elements<Real>& in, const Type& type);

template <typename Real>
Elements<Real> gather_elements(const Elements<Real>& table, const Elements<Real>& indices, const Type& type);

template <typename Real>
Elements<Real> concat_elements(const Concat& op, const std::vector<const Elements<Real>*>& parts,
                               const Type& type);

extern template Elements<float> reindex_elements(const Reindex&, const Elements<float>&, const Type&);
extern template Elements<double> reindex_elements(const Reindex&, const Elements<double>&, const Type&);
extern template Elements<float> gather_elements(const Elements<float>&, const Elements<float>&, const Type&);
extern template Elements<double> gather_elements(const Elements<double>&, const Elements<double>&,
                                                 const Type&);
extern template Elements<float> concat_elements(const Concat&, const std::vector<const Elements<float>*>&,
                                                const Type&);
extern template Elements<double> concat_elements(const Concat&, const std::vector<const Elements<double>*>&,
                                                 const Type&);

}  // namespace cgan_jit
