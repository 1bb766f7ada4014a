#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <utility>

#include "runtime/team.h"

namespace cgan_jit {

/// One stage, one piece for every owner, and none ends before all have begun: so each is a thread's of its
/// own.
class EachThread : public Job {
 public:
  EachThread(int threads, std::function<void(int thread)> work) : threads_(threads), work_(std::move(work)) {}
  size_t stages() const override { return 1; }
  uint32_t pieces(size_t, int) const override { return 1; }
  void run(size_t, int, uint32_t, int thread) override {
    ++begun_;
    while (begun_ < threads_) std::this_thread::yield();
    work_(thread);
  }

 private:
  const int threads_;
  const std::function<void(int)> work_;
  std::atomic<int> begun_{0};
};

inline void on_each_thread(Team& team, std::function<void(int thread)> work) {
  EachThread job(team.size(), std::move(work));
  team.run(job);
}

}  // namespace cgan_jit
