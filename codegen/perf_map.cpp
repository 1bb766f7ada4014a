#include "codegen/perf_map.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "ir/error.h"

namespace cgan_jit {

std::string perf_map_path() { return fmt::format("/tmp/perf-{}.map", ::getpid()); }

// Everybody may write to /tmp: "x" follows no link that somebody put there.
PerfMap::PerfMap() {
  const std::string path = perf_map_path();
  std::remove(path.c_str());
  file_.reset(std::fopen(path.c_str(), "wx"));
  if (!file_) throw Error("{}: {}", path, std::strerror(errno));
  std::setvbuf(file_.get(), nullptr, _IOLBF, BUFSIZ);
}

void PerfMap::add(const void* start, uint64_t size, const std::string& name) {
  fmt::print(file_.get(), "{:x} {:x} {}\n", reinterpret_cast<uintptr_t>(start), size, name);
}

}  // namespace cgan_jit
