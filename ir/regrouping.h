#pragma once

#include <vector>

#include "ir/type.h"

namespace cgan_jit {

/// Neighbouring axes of a reshape's operand and those that they become: from first_from on and from first_to
/// on, of the extents `from` and `to`, which hold equally many elements. Either may be empty.
struct Regrouping {
  int first_from = 0, first_to = 0;
  Shape from, to;
};

/// The reshape from `from` to `to`, which hold equally many elements, cut into the smallest groups, in order:
/// no element leaves its group. An empty shape is one group.
std::vector<Regrouping> regroupings(const Shape& from, const Shape& to);

}  // namespace cgan_jit
