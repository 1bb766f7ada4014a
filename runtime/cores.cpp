#include "runtime/cores.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

namespace cgan_jit {
namespace {

constexpr double no_limit = std::numeric_limits<double>::infinity();

/// The cores of the affinity mask, of however many cores the machine has; 0 if the system does not say.
int cores_of_mask() {
  for (int cores = CPU_SETSIZE; cores <= 1 << 20; cores *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(CPU_ALLOC(cores),
                                                               [](cpu_set_t* s) { CPU_FREE(s); });
    const size_t bytes = CPU_ALLOC_SIZE(cores);
    if (set && ::sched_getaffinity(0, bytes, set.get()) == 0) return CPU_COUNT_S(bytes, set.get());
  }
  return 0;
}

/// "max 100000" or "150000 100000" -> 1.5; what is no such text limits nothing.
double quotient_of(const std::string& quota, const std::string& period) {
  std::istringstream above(quota), below(period);
  double time = 0, of = 0;
  const bool limited = above >> time && below >> of && time > 0 && of > 0;
  return limited ? time / of : no_limit;
}

std::string first_line(const std::filesystem::path& file) {
  std::string line;
  std::getline(std::ifstream(file), line);
  return line;
}

/// The cores' worth of time that one control group grants.
double granted_by(const std::filesystem::path& group) {
  std::istringstream both(first_line(group / "cpu.max"));
  std::string quota, period;
  if (both >> quota >> period) return quotient_of(quota, period);
  return quotient_of(first_line(group / "cpu.cfs_quota_us"), first_line(group / "cpu.cfs_period_us"));
}

/// The least that a control group and those above it, up to `root`, grant. A container sees its own group as
/// the root, whatever /proc calls it: where the path does not exist, the root itself counts.
double granted_below(const std::filesystem::path& root, const std::string& path) {
  double least = granted_by(root);
  std::filesystem::path group = root;
  for (const auto& part : std::filesystem::path(path).relative_path())
    least = std::min(least, granted_by(group /= part));
  return least;
}

bool names_cpu(const std::string& controllers) {
  return ("," + controllers + ",").find(",cpu,") != std::string::npos;
}

}  // namespace

// A line of the list of groups is "number:controllers:path"; version 2 has no controllers.
double granted_cores(const std::string& list, const std::string& mounted) {
  double least = no_limit;
  std::ifstream groups(list);
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1),
                      path = line.substr(second + 1);
    if (controllers.empty()) least = std::min(least, granted_below(mounted, path));
    if (names_cpu(controllers)) {
      for (const std::string& name : {controllers, std::string("cpu")})
        least = std::min(least, granted_below(std::filesystem::path(mounted) / name, path));
    }
  }
  return least;
}

int usable_cores() {
  const int masked = cores_of_mask();
  const int cores = masked > 0 ? masked : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  static const double granted = granted_cores("/proc/self/cgroup", "/sys/fs/cgroup");
  return std::max(1, static_cast<int>(std::min<double>(cores, std::ceil(granted))));
}

}  // namespace cgan_jit
