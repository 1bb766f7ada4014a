#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace cgan_jit {

/// All `threads` meet here: nobody passes before everybody came. Waits with `spins` pauses, then yields again
/// and again: one runnable thread more than there are cores would cost a whole time slice of spinning.
class Barrier {
 public:
  static constexpr int usual_spins = 2000;  // some 30 us
  explicit Barrier(int threads, int spins = usual_spins) : threads_(threads), spins_(spins) {}
  /// False when the barrier was broken instead.
  bool wait();
  /// Whoever waits, or comes until `mend`, passes at once.
  void break_up();
  /// For one thread, when nobody waits.
  void mend();

 private:
  const int threads_, spins_;
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<uint32_t> round_{0};  // twice the rounds; odd: broken
};

/// A fixed team of threads, the caller being thread 0. None is pinned: all run on whatever cores the process
/// may use, and leave it to the system to keep them apart. In a child of `fork` the helpers are started anew.
class Team {
 public:
  /// threads >= 1. When the system refuses to start so many, the team is of those that started.
  explicit Team(int threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const;
  /// Runs work(thread) on every thread, in the standard floating-point environment, and returns when all are
  /// done. What the work throws, on whichever thread first, is thrown here; all other threads' work ends at
  /// its next barrier.
  void run(const std::function<void(int thread)>& work);
  /// For use inside `work`, by all threads. Throws when the work of another thread has thrown.
  void barrier();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cgan_jit
