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
  static constexpr int usual_spins = 20000;
  explicit Barrier(int threads, int spins = usual_spins) : threads_(threads), spins_(spins) {}
  void wait();

 private:
  const int threads_, spins_;
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<uint32_t> round_{0};
};

/// A fixed team of threads, the caller being thread 0. Pinned to cores when there are at least as many as
/// threads.
class Team {
 public:
  explicit Team(int threads);  // threads >= 1
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const;
  /// Runs work(thread) on every thread and returns when all are done.
  void run(const std::function<void(int thread)>& work);
  /// For use inside `work`, by all threads.
  void barrier();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cgan_jit
