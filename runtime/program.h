#pragma once

#include <span>
#include <vector>

#include "runtime/abi.h"
#include "runtime/arena.h"
#include "runtime/team.h"

namespace cgan_jit {

/// One kernel in a program: its code, its buffers (bound before the first run; rebound between runs at will),
/// its units.
struct Call {
  KernelFn fn = nullptr;
  std::vector<void*> buffers;
  int64_t units = 1;
  /// Runs panel by panel together with the call before it: for each panel that a thread owns, every call of
  /// the chain in turn.
  bool with_previous = false;
  int64_t first_panel = 0;  // in a chain: the panel of unit 0
};

/// Units first .. last - 1 of one call; of a chain, the panels first .. last - 1, call after call in each.
struct Piece {
  size_t call = 0, chain_end = 0;
  int64_t first = 0, last = 0;
};

/// Calls between two barriers.
struct Phase {
  std::vector<Call> calls;
  std::vector<std::vector<Piece>> pieces = {};  // of each thread, in its order (Runner::prepare)
};

/// Bytes to fill with 0xff after a phase, in debug runs: buffers that nobody may read any more.
struct Poison {
  size_t after_phase = 0;
  std::byte* data = nullptr;
  int64_t bytes = 0;
};

/// Calls compiled and bound: one step. Thread t of T owns units [t * n / T, (t + 1) * n / T) of a call with n
/// units, in some pieces: who comes to the end of his own goes on with another's.
struct Program {
  std::vector<Phase> phases;
  int64_t scratch_bytes = 0;    // per thread
  std::vector<Poison> poisons;  // used by run_checked

  int64_t kernel_count() const;
};

/// Runs programs on a team; holds each thread's scratch.
class Runner {
 public:
  explicit Runner(int threads);

  int threads() const;
  /// Cuts its phases for this team, and sees to it that every thread's scratch can hold the program's. Once,
  /// before its first run.
  void prepare(Program& program);
  /// One step: phases in order, a barrier between them. No allocation; no system call but to let others have
  /// the core, once a millisecond.
  void run(const Program& program);
  /// The same, with a barrier after every kernel and dead buffers poisoned: the results must be equal.
  void run_checked(const Program& program);
  /// The same as `run`, and the time of every call: seconds_begin[phase][call][thread] and _end, on the
  /// steady clock.
  struct Times {
    std::vector<std::vector<std::vector<std::pair<double, double>>>> spans;
  };
  Times run_timed(const Program& program);

 private:
  Team team_;
  std::vector<Arena> scratch_;
};

}  // namespace cgan_jit
