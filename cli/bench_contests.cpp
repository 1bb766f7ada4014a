#include "cli/bench_contests.h"

#include <fmt/format.h>

#include <iostream>
#include <map>

#include "cli/bench_report.h"
#include "cli/peak.h"
#include "cli/statistics.h"
#include "cli/step_loop.h"

namespace cgan_jit::cli {
namespace {

void measure(const Bench& bench, std::span<Crew> crews) {
  measure(crews, bench.rounds, bench.turn_ms * 1e-3);
}

}  // namespace

void compare_fusion(const Bench& bench) {
  const Workload work = bench.workload(bench.only_net());
  SessionOptions one_kernel_adam = bench.options({"fuse"});
  one_kernel_adam.fused_updates = true;
  Crew crew(bench.config.cpu, bench.threads());
  crew.add("fused", bench.options(), work);
  crew.add("unfused", bench.options({"fuse"}), work);
  crew.add("unfused, one-kernel Adam", one_kernel_adam, work);
  measure(bench, {&crew, 1});
  const Arm &fused = crew.arms[0], &unfused = crew.arms[1], &adam1 = crew.arms[2];
  const auto speedup = ratios(unfused.ms, fused.ms), speedup_adam1 = ratios(adam1.ms, fused.ms);
  const auto floors = crew.x_floor(fused);

  nlohmann::ordered_json json = to_json(bench, crew);
  json["step_ms"] = median(fused.ms);
  json["step_ms_min"] = least(fused.ms);
  json["unfused_step_ms"] = median(unfused.ms);
  json["unfused_adam1_step_ms"] = median(adam1.ms);
  json["fusion_speedup"] = median(speedup);
  json["fusion_speedup_min"] = least(speedup);
  json["fusion_speedup_adam1"] = median(speedup_adam1);
  json["fusion_speedup_adam1_min"] = least(speedup_adam1);
  json["gflop"] = fused.gflop;
  json["x_floor"] = median(floors);
  json["x_floor_min"] = least(floors);
  json["share_of_peak"] = 1 / median(floors);
  print_report(
      bench, json,
      fmt::format("{}fusion on against off: {:.3f} x ({:.3f} .. {:.3f}); against off with one-kernel "
                  "Adam: {:.3f} x ({:.3f} .. {:.3f})\n",
                  table(bench, crew), median(speedup), least(speedup), most(speedup), median(speedup_adam1),
                  least(speedup_adam1), most(speedup_adam1)));
}

void measure_models(const Bench& bench) {
  Crew crew(bench.config.cpu, bench.threads());
  for (const std::string& name : bench.models)
    crew.add(name, bench.options(), bench.workload(bench.net(name)));
  measure(bench, {&crew, 1});
  print_report(bench, to_json(bench, crew), table(bench, crew));
}

void climb_ladder(const Bench& bench) {
  const Workload work = bench.workload(bench.only_net());
  Crew crew(bench.config.cpu, bench.threads());
  const auto without = [&](const std::string& what, const std::set<std::string>& disabled) {
    crew.add("without " + what, bench.options(disabled), work);
  };
  std::set<std::string> all;
  crew.add("all passes", bench.options(), work);
  for (const Pass& pass : all_passes()) {
    if (!pass.optional) continue;
    const std::string name(pass.name);
    if (pass.part_of.empty()) all.insert(name);
    without(name, {name});
  }
  without("any pass", all);
  measure(bench, {&crew, 1});

  nlohmann::ordered_json json = to_json(bench, crew);
  std::string text = table(bench, crew) + "times longer than with all passes:\n";
  for (size_t i = 1; i < crew.arms.size(); ++i) {
    const auto longer = ratios(crew.arms[i].ms, crew.arms[0].ms);
    json["arms"][i]["times_longer"] = median(longer);
    text += fmt::format("  {:<24} {:7.3f}  ({:.3f} .. {:.3f})\n", crew.arms[i].name, median(longer),
                        least(longer), most(longer));
  }
  print_report(bench, json, text);
}

void scale_threads(const Bench& bench) {
  const Workload work = bench.workload(bench.only_net());
  std::vector<Crew> crews;
  for (int count = 1; count <= bench.threads(); ++count) {
    crews.emplace_back(bench.config.cpu, count);
    crews.back().add("step", bench.options(), work);
  }
  measure(bench, crews);

  const Crew& one = crews[0];
  nlohmann::ordered_json json{{"cpu", one.arms[0].loop->target().cpu}, {"rounds", bench.rounds}};
  std::string text = fmt::format("{:>7} {:>9} {:>9} {:>12} {:>15} {:>7}\n", "threads", "ms", "GFLOP/s",
                                 "times faster", "peak rises by", "share");
  for (const Crew& crew : crews) {
    const double ms = median(crew.arms[0].ms), peak = median(crew.peak_gflops);
    const double faster = median(ratios(one.arms[0].ms, crew.arms[0].ms));
    const double rises = median(ratios(crew.peak_gflops, one.peak_gflops));
    text += fmt::format("{:>7} {:9.3f} {:9.1f} {:12.3f} {:15.3f} {:7.3f}\n", crew.threads, ms, peak, faster,
                        rises, faster / rises);
    json["crews"].push_back({{"threads", crew.threads},
                             {"step_ms", ms},
                             {"peak_gflops", peak},
                             {"times_faster", faster},
                             {"peak_rises_by", rises},
                             {"share", faster / rises}});
  }
  print_report(bench, json, text);
}

void profile_kernels(const Bench& bench) {
  const Peaks peaks = PeakProbe(bench.config.cpu, bench.threads()).peaks();
  for (const std::string& name : bench.named_models()) {
    const Workload work = bench.workload(bench.net(name));
    StepLoop loop(bench.options(), work.step, work.data);
    loop.seconds(2);
    std::cout << fmt::format("{}\n{}", name, loop.profile(bench.rounds, peaks)) << std::flush;
  }
}

void sweep_sizes(const Bench& bench) {
  Crew crew(bench.config.cpu, bench.threads());
  std::map<int64_t, io::PreparedSet> prepared;  // by pixels a side
  for (const auto& [name, net] : other_sizes(bench.config.model)) {
    const auto [data, missing] = prepared.try_emplace(net.img_size);
    if (missing) data->second = bench.data(net.img_size);
    crew.add(name, bench.options(), workload(net, data->second));
  }
  measure(bench, {&crew, 1});

  nlohmann::ordered_json json = to_json(bench, crew);
  const Arm& first = crew.arms[0];
  std::string text = table(bench, crew) + fmt::format("against {}: work, time, time per work\n", first.name);
  for (size_t i = 0; i < crew.arms.size(); ++i) {
    const Arm& arm = crew.arms[i];
    const double work = arm.gflop / first.gflop, time = median(ratios(arm.ms, first.ms));
    json["arms"][i]["work"] = work;
    json["arms"][i]["time"] = time;
    text += fmt::format("  {:<20} {:8.3f} {:8.3f} {:8.3f}\n", arm.name, work, time, time / work);
  }
  print_report(bench, json, text);
}

}  // namespace cgan_jit::cli
