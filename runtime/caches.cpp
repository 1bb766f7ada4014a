#include "runtime/caches.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <vector>

namespace cgan_jit {
namespace {

std::string first_word(const std::filesystem::path& file) {
  std::string word;
  std::ifstream(file) >> word;
  return word;
}

/// "512K" -> 524288; 0 for what is no size.
int64_t bytes_of_size(const std::string& size) {
  int64_t number = 0;
  size_t at = 0;
  for (; at < size.size() && size[at] >= '0' && size[at] <= '9' && number < (int64_t{1} << 40); ++at)
    number = 10 * number + (size[at] - '0');
  const char unit = at < size.size() ? size[at] : ' ';
  return unit == 'K' ? number << 10 : unit == 'M' ? number << 20 : unit == 'G' ? number << 30 : number;
}

std::vector<std::filesystem::path> entries(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    found.push_back(at->path());
  return found;
}

/// The caches of one level, largest first: several cores name the one that they share.
std::vector<int64_t> caches_of_level(const std::string& level, const std::string& cpus) {
  std::map<std::string, int64_t> by_sharers;
  for (const auto& cpu : entries(cpus)) {
    for (const auto& cache : entries(cpu / "cache")) {
      if (first_word(cache / "level") == level && first_word(cache / "type") != "Instruction")
        by_sharers[first_word(cache / "shared_cpu_list")] = bytes_of_size(first_word(cache / "size"));
    }
  }
  std::vector<int64_t> sizes;
  for (const auto& [sharers, bytes] : by_sharers) sizes.push_back(bytes);
  std::sort(sizes.rbegin(), sizes.rend());
  return sizes;
}

int64_t sum_of_largest(const std::vector<int64_t>& sizes, int count) {
  int64_t sum = 0;
  for (size_t i = 0; i < std::min(sizes.size(), static_cast<size_t>(count)); ++i) sum += sizes[i];
  return sum;
}

}  // namespace

CacheSizes cache_sizes(int threads, const std::string& cpus) {
  return {sum_of_largest(caches_of_level("2", cpus), threads),
          sum_of_largest(caches_of_level("3", cpus), threads)};
}

}  // namespace cgan_jit
