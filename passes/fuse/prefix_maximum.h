#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace cgan_jit {

/// The largest of what was put at places 0 .. i, in the logarithm of their number (Fenwick 1994).
class PrefixMaximum {
 public:
  explicit PrefixMaximum(size_t places) : largest_(places + 1, 0) {}

  void put(uint32_t place, uint32_t number) {
    for (size_t i = place + 1; i < largest_.size(); i += i & (~i + 1))
      largest_[i] = std::max(largest_[i], number);
  }
  /// 0 if nothing was put there.
  uint32_t up_to(uint32_t place) const {
    uint32_t found = 0;
    for (size_t i = place + 1; i > 0; i -= i & (~i + 1)) found = std::max(found, largest_[i]);
    return found;
  }

 private:
  std::vector<uint32_t> largest_;
};

}  // namespace cgan_jit
