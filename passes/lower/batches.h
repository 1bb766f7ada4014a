#pragma once

#include <map>

#include "passes/lower/context.h"
#include "passes/lower/nests.h"

namespace cgan_jit {

/// A kernel cut along a batch of products (both sides walk along the axis) does one place of it after the
/// other: product and nests, which stay in the cache.
bool goes_by_places(const KernelContext& in);

/// Another axis of such a batch (attention's heads, where units are samples): for each node that has rows,
/// its axis that walks along it. Nothing is shared along it, so that a unit does everything for one place of
/// it before the next. Empty: there is none.
using AxisOfNodes = std::map<Value, int>;
AxisOfNodes second_batch_axis(const KernelContext& in, const Nests& nests);

}  // namespace cgan_jit
