#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/type.h"

namespace cgan_jit {

/// The elements of a value, row-major, logical (no layout, no padding). Real is float or double. Integer and
/// bool elements are held exactly in `ints` (u32 as its value, bool as 0/1), f32 elements in `reals`; the
/// other vector is empty.
template <typename Real>
struct Elements {
  Type type;
  std::vector<Real> reals;
  std::vector<int64_t> ints;
  bool operator==(const Elements&) const = default;
};

template <typename Real>
using Environment = std::map<std::string, Elements<Real>>;

}  // namespace cgan_jit
