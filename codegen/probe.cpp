#include "codegen/probe.h"

#include <vector>

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

}  // namespace cgan_jit
