#pragma once

#include <cstdint>
#include <vector>

namespace cgan_jit::training {

/// The rows 0 .. count - 1 in the order of an epoch (from 1): a pure function of seed and epoch. Fisher and
/// Yates' shuffle with Philox words of a key of their own, so that no random number of a step is drawn again.
std::vector<int32_t> epoch_order(uint32_t seed, int64_t epoch, int64_t count);

}  // namespace cgan_jit::training
