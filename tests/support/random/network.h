#pragma once

#include "tests/support/random/growth.h"

namespace cgan_jit {

/// A few layers of shared weights over one to three batches, whose results are added: stacked contractions,
/// and weight gradients that are sums over the batches.
void grow_network(Growth& g);

}  // namespace cgan_jit
