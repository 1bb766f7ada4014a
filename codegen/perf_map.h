#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

namespace cgan_jit {

/// Where Linux `perf` looks for the names of this process's generated code.
std::string perf_map_path();

/// The file at `perf_map_path`, a line for each function: "START SIZE name", both numbers in hexadecimal. It
/// outlives the process, since `perf report` reads it afterwards.
class PerfMap {
 public:
  /// Begins the file anew: what an earlier process of the same number left is gone. Throws Error if the file
  /// can't be made.
  PerfMap();

  /// `name` may contain spaces.
  void add(const void* start, uint64_t size, const std::string& name);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace cgan_jit
