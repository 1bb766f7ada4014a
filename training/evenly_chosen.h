#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cgan_jit::training {

/// Of increasing numbers, at most `most` (2 or more), the first and the last among them: those nearest to
/// equally many at equal distances.
std::vector<int64_t> evenly_chosen(const std::vector<int64_t>& numbers, size_t most);

}  // namespace cgan_jit::training
