#pragma once

#include <cstdint>
#include <string>

namespace cgan_jit {

/// Bytes that the caches behind a team of threads hold together: those of as many different cores (level 2)
/// and groups of cores (level 3) as there are, at most one a thread. 0: there is none, or the system does not
/// say.
struct CacheSizes {
  int64_t level2 = 0, level3 = 0;
  bool operator==(const CacheSizes&) const = default;
};
/// `cpus` is the folder that describes them.
CacheSizes cache_sizes(int threads, const std::string& cpus = "/sys/devices/system/cpu");

}  // namespace cgan_jit
