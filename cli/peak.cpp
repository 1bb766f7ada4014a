#include "cli/peak.h"

#include <algorithm>
#include <cstring>

#include "runtime/caches.h"

namespace cgan_jit::cli {
namespace {

constexpr int tries = 5;
constexpr double least_memory = 0x1p26, most_memory = 0x1p30;  // bytes that are probed

/// The levels with what they hold; a cache that holds no more than the one before it adds nothing.
std::vector<Level> levels_of(const CacheSizes& caches) {
  std::vector<Level> levels;
  if (caches.level2 > 0) levels.push_back({"L2", static_cast<double>(caches.level2)});
  if (caches.level3 > caches.level2) levels.push_back({"L3", static_cast<double>(caches.level3)});
  levels.push_back({"memory"});
  return levels;
}

/// Bytes that lie in level `i` and in none before it, with room for what else runs there.
double bytes_to_probe(const std::vector<Level>& levels, size_t i) {
  const double inner = i == 0 ? 0 : levels[i - 1].bytes;
  if (i + 1 == levels.size()) return std::clamp(4 * inner, least_memory, most_memory);
  return i == 0 ? levels[i].bytes / 2 : std::min(4 * inner, (levels[i].bytes + inner) / 2);
}

}  // namespace

double Peaks::seconds_to_move(double gigabytes, double footprint) const {
  double seconds = 0, left = footprint;
  for (const Level& level : levels) {
    const double here = &level == &levels.back() ? left : std::min(left, level.bytes);
    if (footprint > 0) seconds += gigabytes * here / footprint / level.gbps;
    left -= here;
  }
  return seconds;
}

const std::string& Peaks::furthest(double footprint) const {
  for (const Level& level : levels) {
    if (&level == &levels.back() || footprint <= level.bytes) return level.name;
    footprint -= level.bytes;
  }
  return levels.back().name;
}

PeakProbe::PeakProbe(const std::string& cpu, int threads)
    : jit_(target_named(cpu), {"", 1}),
      probe_(fma_probe(jit_.target(), threads)),
      team_(threads),
      result_(static_cast<int64_t>(sizeof(float)) * threads * loop::lanes) {
  call_ = {jit_.compile({&probe_.kernel, 1}).front(), {result_.data()}, threads};
}

double PeakProbe::gflops() { return probe_units(team_, call_, 0.02) * probe_.flops_per_unit * 1e-9; }

// The best way of moving data that lie on so many bytes in all, for whoever reads and for whoever updates.
double PeakProbe::gbps(double bytes) {
  double best = 0;
  for (const Stream stream : {Stream::read, Stream::read_ahead, Stream::update, Stream::update_ahead}) {
    const int streams = stream == Stream::read || stream == Stream::read_ahead ? 1 : 3;
    const int64_t floats =
        std::max<int64_t>(1, static_cast<int64_t>(bytes / sizeof(float)) / streams / team_.size() / 64) * 64;
    const StreamProbe probe = stream_probe(stream, team_.size(), floats);
    std::vector<Arena> memory;
    Call call{jit_.compile({&probe.kernel, 1}).front(), {}, team_.size()};
    for (const loop::Buffer& buffer : probe.kernel.buffers) {
      memory.emplace_back(buffer.elements * static_cast<int64_t>(sizeof(float)));
      // Pages that were never written are all one page of zeros.
      std::memset(memory.back().data(), 0, static_cast<size_t>(memory.back().bytes()));
      call.buffers.push_back(memory.back().data());
    }
    for (int i = 0; i < tries; ++i)
      best = std::max(best, probe_units(team_, call, 0.02) * probe.bytes_per_unit * 1e-9);
  }
  return best;
}

Peaks PeakProbe::peaks() {
  Peaks best;
  for (int i = 0; i < tries; ++i) best.gflops = std::max(best.gflops, gflops());
  best.levels = levels_of(cache_sizes(team_.size()));
  for (size_t i = 0; i < best.levels.size(); ++i) best.levels[i].gbps = gbps(bytes_to_probe(best.levels, i));
  // What fits a nearer level is no slower there.
  for (size_t i = best.levels.size() - 1; i-- > 0;)
    best.levels[i].gbps = std::max(best.levels[i].gbps, best.levels[i + 1].gbps);
  return best;
}

}  // namespace cgan_jit::cli
