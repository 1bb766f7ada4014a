#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "codegen/jit.h"
#include "codegen/probe.h"
#include "runtime/probe.h"
#include "tests/codegen/build.h"

// The register tiles of the GEMM kernels on one thread, against the peak probed right before and after each:
// items per second are flops, `of_peak` is the share. Operands lie in L1 and L2: depth 512, the wide operand
// 128 KB (4 vectors) or 32 KB (1 vector).
namespace {

using namespace cgan_jit;

class Peak {
 public:
  explicit Peak(Jit& jit) : probe_(fma_probe(jit.target(), 1)), team_(1), result_(loop::lanes) {
    call_ = {jit.compile({&probe_.kernel, 1}).front(), {result_.data()}, 1};
  }
  double gflops() { return probe_units(team_, call_, 0.02) * probe_.flops_per_unit * 1e-9; }

 private:
  FmaProbe probe_;
  Team team_;
  std::vector<float> result_;
  Call call_;
};

void gemm_tile(benchmark::State& state, const std::string& cpu, int rows, int columns) {
  constexpr int64_t depth = 512, units = 16;
  Jit jit(target_named(cpu), {"", 1});
  Peak peak(jit);
  const loop::Kernel kernel = loop::gemm_tile(rows, columns, depth, units);
  const KernelFn fn = jit.compile({&kernel, 1}).front();
  std::vector<Arena> memory;
  std::vector<void*> buffers;
  for (const loop::Buffer& buffer : kernel.buffers)
    buffers.push_back(memory.emplace_back(buffer.elements * 4).data());
  const double before = peak.gflops();
  for (auto _ : state) fn(buffers.data(), nullptr, 0, units);
  const double after = peak.gflops();
  const double flops = 2.0 * units * rows * columns * loop::lanes * depth;
  state.SetItemsProcessed(static_cast<int64_t>(static_cast<double>(state.iterations()) * flops));
  state.counters["peak_gflops"] = std::max(before, after);
  state.counters["of_peak"] = benchmark::Counter(flops / (std::max(before, after) * 1e9),
                                                 benchmark::Counter::kIsIterationInvariantRate);
}

void register_if_runnable(const std::string& cpu, int rows, int columns) {
  if (!host_can_run(cpu)) return;
  const std::string name = fmt::format("gemm_tile/{}/{}x{}", cpu, rows, columns);
  benchmark::RegisterBenchmark(name.c_str(),
                               [=](benchmark::State& state) { gemm_tile(state, cpu, rows, columns); });
}

}  // namespace

int main(int argc, char** argv) {
  register_if_runnable("x86-64-v3", 6, 1);
  register_if_runnable("x86-64-v3", 4, 1);
  register_if_runnable("x86-64-v4", 4, 4);
  register_if_runnable("x86-64-v4", 6, 4);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
