#pragma once

#include <map>

#include "passes/lower/context.h"
#include "passes/lower/nests.h"

namespace cgan_jit {

// A unit of a product does all that it has to do, product and nests, for one place after the other, which
// stays in the cache meanwhile.

/// The kernel is cut along a batch of products: both sides walk along the axis, and it is no tile's. Each of
/// its coordinates is a place.
bool is_cut_along_batch(const KernelContext& in);

/// Another axis whose coordinates are places, since nothing is shared along it: of a batch (attention's
/// heads, where units are samples), or what rows that lie side by side have apart (samples, where units are
/// features and tokens lie in lanes). For each node that has rows, its axis that walks along it. Empty: there
/// is none.
using AxisOfNodes = std::map<Value, int>;
AxisOfNodes place_axis(const KernelContext& in, const Nests& nests);

}  // namespace cgan_jit
