#include "codegen/probe.h"

#include <vector>

#include "ir/error.h"

namespace cgan_jit {

// A unit is some microseconds long. The chains are as many as keep two units of latency 4 or 5 busy, and
// registers allow.
FmaProbe fma_probe(const Target& target, int threads) {
  using namespace loop;
  constexpr int64_t rounds = 2048;
  const int chains =
      target.vector_registers / 2 * target.vector_floats / lanes + (target.vector_floats == lanes ? 0 : 2);
  FmaProbe probe;
  Kernel& kernel = probe.kernel;
  const RegType wide{DType::f32, true};
  kernel.buffers = {{DType::f32, threads * lanes, true}};
  kernel.units = threads;
  kernel.var_count = 2;
  kernel.regs.assign(static_cast<size_t>(chains) + 2, wide);
  const Var round{1};
  const Reg half{static_cast<uint32_t>(chains)}, one{static_cast<uint32_t>(chains) + 1};
  kernel.prologue = {Literal{half, 0.5}, Literal{one, 1}};
  Block links;
  for (uint32_t chain = 0; chain < static_cast<uint32_t>(chains); ++chain) {
    kernel.body.push_back(Literal{Reg{chain}, static_cast<double>(chain)});
    links.push_back(Compute{Reg{chain}, Fn::fma, {Reg{chain}, half, one}});
  }
  kernel.body.push_back(For{round, {}, {{rounds, {}}}, 1, 4, links});
  for (uint32_t chain = 1; chain < static_cast<uint32_t>(chains); ++chain)
    kernel.body.push_back(Compute{Reg{0}, Fn::add, {Reg{0}, Reg{chain}}});
  kernel.body.push_back(Store{{Buf{0}, index_of(kernel.unit) * lanes, {}}, Reg{0}, {}});
  probe.flops_per_unit = 2.0 * lanes * chains * rounds;
  return probe;
}

namespace {

using namespace loop;

constexpr RegType wide{DType::f32, true};
constexpr int chunks = 4;               // of 16 floats, a round
constexpr int64_t floats_ahead = 1024;  // far enough for memory, near enough for the smallest cache

/// A kernel of `threads` units with `streams` buffers of `floats` a unit.
Kernel streaming_kernel(size_t streams, bool written, int threads, int64_t floats) {
  Kernel kernel;
  kernel.buffers.assign(streams, {DType::f32, threads * floats, written});
  kernel.units = threads;
  kernel.var_count = 2;
  return kernel;
}

Address chunk_of(size_t stream, const Kernel& kernel, Var at, int64_t floats, int64_t beyond) {
  return {Buf{static_cast<uint32_t>(stream)}, index_of(kernel.unit) * floats + index_of(at) + beyond, {}};
}

Reg reg(size_t number) { return Reg{static_cast<uint32_t>(number)}; }

Kernel reading_kernel(bool ahead, int threads, int64_t floats) {
  Kernel kernel = streaming_kernel(1, false, threads, floats);
  kernel.buffers.push_back({DType::f32, threads * lanes, true});
  kernel.regs.assign(2 * chunks, wide);  // sums; what is added
  const Var at{1};
  Block round;
  for (int chunk = 0; chunk < chunks; ++chunk) {
    const Reg sum = reg(chunk), term = reg(chunks + chunk);
    kernel.body.push_back(Literal{sum, 0});
    if (ahead)
      round.push_back(Prefetch{chunk_of(0, kernel, at, floats, chunk * lanes + floats_ahead), false});
    round.push_back(Load{term, chunk_of(0, kernel, at, floats, chunk * lanes), {}});
    round.push_back(Compute{sum, Fn::add, {sum, term}});
  }
  kernel.body.push_back(For{at, {}, {{floats, {}}}, chunks * lanes, 1, round});
  for (int chunk = 1; chunk < chunks; ++chunk)
    kernel.body.push_back(Compute{reg(0), Fn::add, {reg(0), reg(chunk)}});
  kernel.body.push_back(Store{{Buf{1}, index_of(kernel.unit) * lanes, {}}, reg(0), {}});
  return kernel;
}

// Each stream becomes half of itself and a half: numbers stay near 1.
Kernel updating_kernel(bool ahead, int threads, int64_t floats) {
  constexpr size_t streams = 3;
  Kernel kernel = streaming_kernel(streams, true, threads, floats);
  kernel.regs.assign(streams + 1, wide);
  const Var at{1};
  const Reg half = reg(streams);
  kernel.prologue = {Literal{half, 0.5}};
  Block round;
  for (int chunk = 0; chunk < chunks; ++chunk) {
    for (size_t stream = 0; stream < streams; ++stream) {
      const Address place = chunk_of(stream, kernel, at, floats, chunk * lanes);
      if (ahead) round.push_back(Prefetch{{place.buf, place.index + floats_ahead, {}}, true});
      round.push_back(Load{reg(stream), place, {}});
      round.push_back(Compute{reg(stream), Fn::fma, {reg(stream), half, half}});
      round.push_back(Store{place, reg(stream), {}});
    }
  }
  kernel.body.push_back(For{at, {}, {{floats, {}}}, chunks * lanes, 1, round});
  return kernel;
}

}  // namespace

StreamProbe stream_probe(Stream stream, int threads, int64_t floats) {
  check(floats % (chunks * lanes) == 0, "a stream of {} floats", floats);
  const bool reads = stream == Stream::read || stream == Stream::read_ahead;
  const bool ahead = stream == Stream::read_ahead || stream == Stream::update_ahead;
  const auto bytes = static_cast<double>(floats) * sizeof(float);
  if (reads) return {reading_kernel(ahead, threads, floats), bytes};
  return {updating_kernel(ahead, threads, floats), 6 * bytes};
}

}  // namespace cgan_jit
