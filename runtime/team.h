#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace cgan_jit {

/// All `threads` meet here: nobody passes before everybody came. Spins about 20,000 pauses, then yields.
class Barrier {
 public:
  explicit Barrier(int threads) : threads_(threads) {}
  void wait();

 private:
  const int threads_;
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
