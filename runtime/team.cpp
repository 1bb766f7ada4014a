#include "runtime/team.h"

#include <immintrin.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace cgan_jit {

namespace {

// Where threads share a core, the one that waits is the one that keeps the others from coming.
constexpr int spins_on_shared_core = 50;

/// Looks `spins` times with a pause between; true as soon as `done()` is.
template <typename Done>
bool spin_until(int spins, const Done& done) {
  for (int i = 0; i < spins; ++i) {
    if (done()) return true;
    _mm_pause();
  }
  return false;
}

/// The cores that this process was given. Read before the first team pins its caller.
const std::vector<int>& cores() {
  static const std::vector<int> found = [] {
    std::vector<int> result;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof(set), &set) != 0) return result;
    for (int core = 0; core < CPU_SETSIZE; ++core)
      if (CPU_ISSET(core, &set)) result.push_back(core);
    return result;
  }();
  return found;
}

/// Lets the calling thread run on these cores alone. That it may not is no failure: it runs all the same.
void run_on(const std::vector<int>& which) {
  if (which.empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int core : which) CPU_SET(core, &set);
  ::pthread_setaffinity_np(::pthread_self(), sizeof(set), &set);
}

}  // namespace

void Barrier::wait() {
  const uint32_t round = round_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
    arrived_.store(0, std::memory_order_relaxed);
    round_.store(round + 1, std::memory_order_release);
    return;
  }
  const auto all_here = [&] { return round_.load(std::memory_order_acquire) != round; };
  if (spin_until(spins_, all_here)) return;
  while (!all_here()) ::sched_yield();
}

/// Work is handed out by counting `order` up. A thread without work spins for a while and then sleeps.
struct Team::Impl {
  explicit Impl(int count)
      : threads(count),
        pinned(static_cast<int>(cores().size()) >= count),
        spins(pinned ? Barrier::usual_spins : spins_on_shared_core),
        barrier(count, spins) {}

  void pin(int thread) const { run_on(pinned ? std::vector{cores()[static_cast<size_t>(thread)]} : cores()); }
  void serve(int thread);
  void give(const std::function<void(int)>* next);

  const int threads;
  const bool pinned;
  const int spins;
  Barrier barrier;
  std::atomic<uint32_t> order{0};
  const std::function<void(int)>* work = nullptr;  // nothing: the end
  std::vector<std::thread> helpers;
  std::optional<std::thread::id> pinned_caller;
};

void Team::Impl::serve(int thread) {
  pin(thread);
  for (uint32_t seen = 0;; ++seen) {
    if (!spin_until(spins, [&] { return order.load(std::memory_order_acquire) != seen; }))
      order.wait(seen, std::memory_order_acquire);
    if (!work) return;
    (*work)(thread);
    barrier.wait();
  }
}

void Team::Impl::give(const std::function<void(int)>* next) {
  work = next;
  order.fetch_add(1, std::memory_order_release);
  order.notify_all();
}

Team::Team(int threads) : impl_(std::make_unique<Impl>(std::max(threads, 1))) {
  for (int thread = 1; thread < impl_->threads; ++thread)
    impl_->helpers.emplace_back([this, thread] { impl_->serve(thread); });
}

Team::~Team() {
  impl_->give(nullptr);
  for (std::thread& helper : impl_->helpers) helper.join();
  if (impl_->pinned_caller == std::this_thread::get_id()) run_on(cores());
}

int Team::size() const { return impl_->threads; }

// The caller is pinned with its first work, no sooner: threads that it starts before (compilers) inherit its
// freedom.
void Team::run(const std::function<void(int)>& work) {
  if (impl_->threads == 1) return work(0);
  if (!std::exchange(impl_->pinned_caller, std::this_thread::get_id())) impl_->pin(0);
  impl_->give(&work);
  work(0);
  impl_->barrier.wait();
}

void Team::barrier() { impl_->barrier.wait(); }

}  // namespace cgan_jit
