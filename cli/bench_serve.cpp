#include "cli/bench_serve.h"

#include <fmt/format.h>

#include <iostream>

#include "cli/peak.h"
#include "cli/step_loop.h"

namespace cgan_jit::cli {

void serve_steps(const Bench& bench) {
  const Workload work = bench.workload(bench.only_net());
  StepLoop loop(bench.options(), work.step, work.data);
  loop.seconds(5);
  std::cout << "ready" << std::endl;
  for (int64_t steps = 0; std::cin >> steps;)
    std::cout << fmt::format("{}", loop.seconds(steps)) << std::endl;
}

void serve_peak(const Bench& bench) {
  PeakProbe probe(bench.config.cpu, bench.threads());
  probe.gflops();
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);)
    std::cout << fmt::format("{}", probe.gflops()) << std::endl;
}

void print_least_gflop(const Bench& bench) {
  const Net net = bench.only_net();
  std::cout << fmt::format("{}", net.gflop(net.step(1))) << '\n';
}

}  // namespace cgan_jit::cli
