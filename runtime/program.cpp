#include "runtime/program.h"

#include <algorithm>
#include <cstring>

#include "runtime/clock.h"

namespace cgan_jit {

namespace {

// So many pieces has a thread's share of a call, if it has as many units: what one has left when the others
// are done is at most one of them.
constexpr int64_t pieces_of_a_share = 8;

struct Share {
  int64_t first = 0, last = 0;
};

Share share_of(int64_t units, int thread, int threads) {
  return {thread * units / threads, (thread + 1) * units / threads};
}

void run_units(const Call& call, void* scratch, Share units) {
  if (units.first < units.last) call.fn(call.buffers.data(), scratch, units.first, units.last);
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

/// A thread's pieces of a phase.
std::vector<Piece> cut(const Phase& phase, int thread, int threads) {
  std::vector<Piece> pieces;
  for (size_t first = 0; first < phase.calls.size(); first = chain_end(phase, first)) {
    const size_t end = chain_end(phase, first);
    const int64_t units = end == first + 1 ? phase.calls[first].units : panel_count(phase, first, end);
    const Share share = share_of(units, thread, threads);
    const int64_t count = std::min(pieces_of_a_share, share.last - share.first);
    for (int64_t i = 0; i < count; ++i) {
      const Share part = share_of(share.last - share.first, static_cast<int>(i), static_cast<int>(count));
      pieces.push_back({first, end, share.first + part.first, share.first + part.last});
    }
  }
  return pieces;
}

/// `around(call, run)` runs each part of a piece.
template <typename Around>
void run_piece(const Phase& phase, const Piece& piece, void* scratch, const Around& around) {
  if (piece.chain_end == piece.call + 1)
    return around(piece.call, [&] {
      run_units(phase.calls[piece.call], scratch, {piece.first, piece.last});
    });
  for (int64_t panel = piece.first; panel < piece.last; ++panel) {
    for (size_t i = piece.call; i < piece.chain_end; ++i) {
      const Call& call = phase.calls[i];
      const int64_t unit = panel - call.first_panel;
      if (unit >= 0 && unit < call.units) around(i, [&] { run_units(call, scratch, {unit, unit + 1}); });
    }
  }
}

/// A stage a phase.
class PhasedJob : public Job {
 public:
  PhasedJob(const Program& program, std::vector<Arena>& scratch) : program_(program), scratch_(scratch) {}

  size_t stages() const override { return program_.phases.size(); }
  uint32_t pieces(size_t stage, int owner) const override {
    const std::vector<Piece>& all = pieces_of(stage, owner);
    return static_cast<uint32_t>((all.size() + at_once(all) - 1) / at_once(all));
  }
  void run(size_t stage, int owner, uint32_t piece, int thread) override {
    const std::vector<Piece>& all = pieces_of(stage, owner);
    const size_t first = piece * at_once(all), last = std::min(all.size(), first + at_once(all));
    for (size_t i = first; i < last; ++i) run(stage, all[i], thread);
  }

 protected:
  virtual void run(size_t stage, const Piece& piece, int thread) = 0;
  const Phase& phase(size_t stage) const { return program_.phases[stage]; }
  void* scratch(int thread) const { return scratch_[static_cast<size_t>(thread)].data(); }

 private:
  const std::vector<Piece>& pieces_of(size_t stage, int owner) const {
    return program_.phases[stage].pieces[static_cast<size_t>(owner)];
  }
  /// More than one where a phase has more pieces than a team can count.
  static size_t at_once(const std::vector<Piece>& all) { return all.size() / most_pieces + 1; }

  const Program& program_;
  std::vector<Arena>& scratch_;
};

class Step : public PhasedJob {
 public:
  using PhasedJob::PhasedJob;

 protected:
  void run(size_t stage, const Piece& piece, int thread) override {
    run_piece(phase(stage), piece, scratch(thread), [](size_t, const auto& run) { run(); });
  }
};

/// A step that measures itself.
class TimedStep : public PhasedJob {
 public:
  TimedStep(const Program& program, std::vector<Arena>& scratch)
      : PhasedJob(program, scratch), begin_(now()), threads_(scratch.size()) {
    for (const Phase& phase : program.phases)
      spent_.emplace_back(threads_, Spent{0, std::vector<double>(phase.calls.size(), 0)});
  }

  /// In a chain a call runs many times; its pieces are told as one span, after the spans of the calls before
  /// it. Who did nothing in a phase stands where the phase before it ended.
  Runner::Times times() const {
    Runner::Times times;
    std::vector<double> ends(threads_, begin_);
    for (const std::vector<Spent>& phase : spent_) {
      times.spans.emplace_back(phase[0].on_call.size(), std::vector<std::pair<double, double>>(phase.size()));
      for (size_t thread = 0; thread < phase.size(); ++thread) {
        double& end = ends[thread];
        end = std::max(end, phase[thread].begin);
        for (size_t call = 0; call < phase[thread].on_call.size(); ++call) {
          times.spans.back()[call][thread] = {end, end + phase[thread].on_call[call]};
          end += phase[thread].on_call[call];
        }
      }
    }
    return times;
  }

 protected:
  void run(size_t stage, const Piece& piece, int thread) override {
    Spent& spent = spent_[stage][static_cast<size_t>(thread)];
    if (spent.begin == 0) spent.begin = now();
    run_piece(phase(stage), piece, scratch(thread), [&](size_t call, const auto& run) {
      const double start = now();
      run();
      spent.on_call[call] += now() - start;
    });
  }

 private:
  /// A thread's time in a phase: when it began, and on each call.
  struct Spent {
    double begin = 0;
    std::vector<double> on_call;
  };
  const double begin_;
  const size_t threads_;
  std::vector<std::vector<Spent>> spent_;  // of each phase and thread
};

/// A stage a call, and behind each phase one that poisons what is dead.
class CheckedStep : public Job {
 public:
  CheckedStep(const Program& program, std::vector<Arena>& scratch) : program_(program), scratch_(scratch) {
    for (size_t phase = 0; phase < program.phases.size(); ++phase) {
      for (const Call& call : program.phases[phase].calls) stages_.push_back({&call, phase});
      stages_.push_back({nullptr, phase});
    }
  }

  size_t stages() const override { return stages_.size(); }
  uint32_t pieces(size_t stage, int owner) const override {
    const Call* call = stages_[stage].call;
    if (!call) return owner == 0 ? 1 : 0;
    const Share share = share_of(call->units, owner, static_cast<int>(scratch_.size()));
    return share.first < share.last ? 1 : 0;
  }
  void run(size_t stage, int owner, uint32_t, int thread) override {
    const Call* call = stages_[stage].call;
    if (!call) return poison_after(stages_[stage].phase);
    run_units(*call, scratch_[static_cast<size_t>(thread)].data(),
              share_of(call->units, owner, static_cast<int>(scratch_.size())));
  }

 private:
  struct Stage {
    const Call* call;  // nothing: poison
    size_t phase;
  };

  void poison_after(size_t phase) const {
    for (const Poison& poison : program_.poisons)
      if (poison.after_phase == phase) std::memset(poison.data, 0xff, static_cast<size_t>(poison.bytes));
  }

  const Program& program_;
  std::vector<Arena>& scratch_;
  std::vector<Stage> stages_;
};

}  // namespace

int64_t Program::kernel_count() const {
  int64_t count = 0;
  for (const Phase& phase : phases) count += static_cast<int64_t>(phase.calls.size());
  return count;
}

Runner::Runner(int threads) : team_(threads), scratch_(static_cast<size_t>(team_.size())) {}

int Runner::threads() const { return team_.size(); }

void Runner::prepare(Program& program) {
  for (Phase& phase : program.phases) {
    phase.pieces.clear();
    for (int thread = 0; thread < threads(); ++thread) phase.pieces.push_back(cut(phase, thread, threads()));
  }
  for (Arena& scratch : scratch_)
    if (scratch.bytes() < program.scratch_bytes) scratch = Arena(program.scratch_bytes);
}

void Runner::run(const Program& program) {
  Step step(program, scratch_);
  team_.run(step);
}

void Runner::run_checked(const Program& program) {
  CheckedStep step(program, scratch_);
  team_.run(step);
}

Runner::Times Runner::run_timed(const Program& program) {
  TimedStep step(program, scratch_);
  team_.run(step);
  return step.times();
}

}  // namespace cgan_jit
