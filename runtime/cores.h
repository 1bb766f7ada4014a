#pragma once

#include <string>

namespace cgan_jit {

/// How many threads the calling thread's process may have running at once: the cores of its affinity mask, or
/// fewer where a control group (v2 `cpu.max`, v1 `cpu.cfs_quota_us`) grants it less time. At least 1.
int usable_cores();

/// The cores' worth of time that control groups grant, infinity where they do not limit it: the least of the
/// groups in the `list` (as /proc/self/cgroup) and of those above them, below the folder `mounted`.
double granted_cores(const std::string& list, const std::string& mounted);

}  // namespace cgan_jit
