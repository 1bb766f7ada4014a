#include "runtime/program.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace cgan_jit {

namespace {

struct Share {
  int64_t first = 0, last = 0;
};

Share share_of(int64_t units, int thread, int threads) {
  return {thread * units / threads, (thread + 1) * units / threads};
}

void run_share(const Call& call, void* scratch, Share share) {
  if (share.first < share.last) call.fn(call.buffers.data(), scratch, share.first, share.last);
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// One past the last call of the chain that starts at call `first`.
size_t chain_end(const Phase& phase, size_t first) {
  size_t end = first + 1;
  while (end < phase.calls.size() && phase.calls[end].with_previous) ++end;
  return end;
}

int64_t panel_count(const Phase& phase, size_t first, size_t end) {
  int64_t panels = 0;
  for (size_t i = first; i < end; ++i)
    panels = std::max(panels, phase.calls[i].first_panel + phase.calls[i].units);
  return panels;
}

/// A thread's part of a phase. `around(call index, run)` runs each piece of work.
template <typename Around>
void run_phase(const Phase& phase, void* scratch, int thread, int threads, const Around& around) {
  for (size_t first = 0; first < phase.calls.size();) {
    const size_t end = chain_end(phase, first);
    if (end == first + 1) {
      const Call& call = phase.calls[first];
      around(first, [&] { run_share(call, scratch, share_of(call.units, thread, threads)); });
    } else {
      const Share panels = share_of(panel_count(phase, first, end), thread, threads);
      for (int64_t panel = panels.first; panel < panels.last; ++panel) {
        for (size_t i = first; i < end; ++i) {
          const int64_t unit = panel - phase.calls[i].first_panel;
          if (unit >= 0 && unit < phase.calls[i].units)
            around(i, [&] { run_share(phase.calls[i], scratch, {unit, unit + 1}); });
        }
      }
    }
    first = end;
  }
}

void poison_after(const Program& program, size_t phase) {
  for (const Poison& poison : program.poisons)
    if (poison.after_phase == phase) std::memset(poison.data, 0xff, static_cast<size_t>(poison.bytes));
}

}  // namespace

int64_t Program::kernel_count() const {
  int64_t count = 0;
  for (const Phase& phase : phases) count += static_cast<int64_t>(phase.calls.size());
  return count;
}

Runner::Runner(int threads) : team_(threads), scratch_(static_cast<size_t>(team_.size())) {}

int Runner::threads() const { return team_.size(); }

void Runner::reserve(const Program& program) {
  for (Arena& scratch : scratch_)
    if (scratch.bytes() < program.scratch_bytes) scratch = Arena(program.scratch_bytes);
}

void Runner::run(const Program& program) {
  team_.run([this, &program](int thread) {
    void* scratch = scratch_[static_cast<size_t>(thread)].data();
    for (const Phase& phase : program.phases) {
      if (&phase != &program.phases.front()) team_.barrier();
      run_phase(phase, scratch, thread, team_.size(), [](size_t, const auto& run) { run(); });
    }
  });
}

void Runner::run_checked(const Program& program) {
  team_.run([this, &program](int thread) {
    void* scratch = scratch_[static_cast<size_t>(thread)].data();
    for (size_t i = 0; i < program.phases.size(); ++i) {
      for (const Call& call : program.phases[i].calls) {
        run_share(call, scratch, share_of(call.units, thread, team_.size()));
        team_.barrier();
      }
      if (thread == 0) poison_after(program, i);
      team_.barrier();
    }
  });
}

// In a chain a call runs many times; its pieces are told as one span, after the spans of the calls
// before it.
Runner::Times Runner::run_timed(const Program& program) {
  const auto threads = static_cast<size_t>(team_.size());
  Times times;
  for (const Phase& phase : program.phases)
    times.spans.emplace_back(phase.calls.size(), std::vector<std::pair<double, double>>(threads));
  team_.run([&](int thread) {
    const auto t = static_cast<size_t>(thread);
    for (size_t i = 0; i < program.phases.size(); ++i) {
      if (i > 0) team_.barrier();
      std::vector<double> taken(program.phases[i].calls.size(), 0);
      double begin = now();
      run_phase(program.phases[i], scratch_[t].data(), thread, team_.size(),
                [&](size_t call, const auto& run) {
                  const double start = now();
                  run();
                  taken[call] += now() - start;
                });
      for (size_t call = 0; call < taken.size(); ++call) {
        times.spans[i][call][t] = {begin, begin + taken[call]};
        begin += taken[call];
      }
    }
  });
  return times;
}

}  // namespace cgan_jit
