#include "runtime/team.h"

#include <immintrin.h>
#include <pthread.h>
#include <sched.h>

#include <exception>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "ir/standard_floats.h"
#include "runtime/cores.h"

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

/// How often the process has been forked since this code was loaded into it or an ancestor: a thread lives in
/// the one generation that started it.
uint32_t generation() {
  static std::atomic<uint32_t> forks{0};
  static const int registered = ::pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1); });
  (void)registered;
  return forks.load(std::memory_order_relaxed);
}

/// Ends the work of a thread at a barrier that others will not reach.
struct Abandoned {};

}  // namespace

bool Barrier::wait() {
  const uint32_t round = round_.load(std::memory_order_acquire);
  if (round & 1) return false;
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
    arrived_.store(0, std::memory_order_relaxed);
    return !(round_.fetch_add(2, std::memory_order_acq_rel) & 1);
  }
  const auto all_here = [&] { return round_.load(std::memory_order_acquire) != round; };
  if (!spin_until(spins_, all_here)) {
    while (!all_here()) ::sched_yield();
  }
  return !(round_.load(std::memory_order_acquire) & 1);
}

void Barrier::break_up() { round_.fetch_or(1, std::memory_order_acq_rel); }

void Barrier::mend() {
  arrived_.store(0, std::memory_order_relaxed);
  round_.fetch_and(~uint32_t{1}, std::memory_order_acq_rel);
}

/// Work is handed out by counting `order` up. A thread without work spins for a while and then sleeps.
struct Team::Impl {
  explicit Impl(int count);
  ~Impl();

  void serve(int thread);
  void give(const std::function<void(int)>* next);
  void take_part(int thread);
  void run(const std::function<void(int)>& next);

  const uint32_t born = generation();
  const int spins;
  int threads = 1;
  std::optional<Barrier> inside, end;  // inside the work; behind it
  std::atomic<uint32_t> order{0};
  const std::function<void(int)>* work = nullptr;  // nothing: the end
  std::vector<std::thread> helpers;
  std::atomic<bool> failed{false};
  std::exception_ptr failure;  // the first; written by whoever sets `failed`
};

// A helper touches nothing but `order` before its first work: the barriers are made for those that did start.
Team::Impl::Impl(int count) : spins(usable_cores() >= count ? Barrier::usual_spins : spins_on_shared_core) {
  helpers.reserve(static_cast<size_t>(count));
  try {
    for (; threads < count; ++threads) helpers.emplace_back([this, thread = threads] { serve(thread); });
  } catch (const std::exception&) {
    // The system starts no more: those that run are the team.
  }
  inside.emplace(threads, spins);
  end.emplace(threads, spins);
}

Team::Impl::~Impl() {
  give(nullptr);
  for (std::thread& helper : helpers) helper.join();
}

void Team::Impl::serve(int thread) {
  const StandardFloats standard;
  for (uint32_t seen = 0;; ++seen) {
    if (!spin_until(spins, [&] { return order.load(std::memory_order_acquire) != seen; }))
      order.wait(seen, std::memory_order_acquire);
    if (!work) return;
    take_part(thread);
  }
}

void Team::Impl::give(const std::function<void(int)>* next) {
  work = next;
  order.fetch_add(1, std::memory_order_release);
  order.notify_all();
}

void Team::Impl::take_part(int thread) {
  try {
    (*work)(thread);
  } catch (const Abandoned&) {
    // Whoever broke the barrier says why.
  } catch (...) {
    if (!failed.exchange(true)) failure = std::current_exception();
    inside->break_up();
  }
  end->wait();
}

void Team::Impl::run(const std::function<void(int)>& next) {
  give(&next);
  take_part(0);
  if (!failed.load()) return;
  inside->mend();
  failed = false;
  std::rethrow_exception(std::exchange(failure, nullptr));
}

Team::Team(int threads) : impl_(std::make_unique<Impl>(threads)) {}

// What a fork leaves of a team, memory that its threads were about to read, is nobody's: it is left alone.
Team::~Team() {
  if (impl_->born != generation()) static_cast<void>(impl_.release());
}

int Team::size() const { return impl_->threads; }

void Team::run(const std::function<void(int)>& work) {
  if (impl_->born != generation()) {
    const Impl* const parents = impl_.release();
    impl_ = std::make_unique<Impl>(parents->threads);
  }
  const StandardFloats standard;
  impl_->threads == 1 ? work(0) : impl_->run(work);
}

void Team::barrier() {
  if (!impl_->inside->wait()) throw Abandoned{};
}

}  // namespace cgan_jit
