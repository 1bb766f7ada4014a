#include "runtime/team.h"

#include <immintrin.h>
#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "ir/standard_floats.h"
#include "runtime/cores.h"

namespace cgan_jit {

namespace {

// Looks before a thread that waits gives its core away: some 30 us. One runnable thread more than there are
// cores would cost a whole time slice of looking.
constexpr int usual_spins = 2000;
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

template <typename Done>
void wait_until(int spins, const Done& done) {
  if (spin_until(spins, done)) return;
  while (!done()) ::sched_yield();
}

/// How often the process has been forked since this code was loaded into it or an ancestor: a thread lives in
/// the one generation that started it.
uint32_t generation() {
  static std::atomic<uint32_t> forks{0};
  static const int registered = ::pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1); });
  (void)registered;
  return forks.load(std::memory_order_relaxed);
}

/// Stages count up over all jobs of a team. `Moment` is what a team is at: a stage that is open, or between
/// two jobs, and then `stage` is the next job's first.
struct Moment {
  uint64_t stage : 63;
  uint64_t open : 1;
  bool operator==(const Moment&) const = default;
};

/// What nobody has taken yet of an owner's pieces: first .. last - 1 of one stage. In later stages: all.
struct Untaken {
  uint32_t stage;  // the low bits of its number
  uint16_t first, last;
};

/// A thread gives its core away so often, between two pieces: who shares it with others is then off it while
/// it holds nothing, and not when the system takes it, in the middle of a piece that all wait for.
class Turn {
 public:
  bool is_over() const { return std::chrono::steady_clock::now() >= end_; }
  void begin() { end_ = std::chrono::steady_clock::now() + length; }

 private:
  static constexpr std::chrono::microseconds length{1000};
  std::chrono::steady_clock::time_point end_{};
};

/// A thread's place in the team.
struct alignas(64) Seat {
  std::atomic<Untaken> untaken{};
  std::atomic<bool> occupied{false};  // its thread may be reading the job
  Turn turn;
};
static_assert(std::atomic<Untaken>::is_always_lock_free && std::atomic<Moment>::is_always_lock_free);

/// All of it on one thread.
void run_alone(Job& job) {
  for (size_t stage = 0; stage < job.stages(); ++stage) {
    for (uint32_t piece = 0; piece < job.pieces(stage, 0); ++piece) job.run(stage, 0, piece, 0);
  }
}

}  // namespace

// Invariants. While `moment` is open, `job` and `base` stand still; it is closed, and the next job given,
// only when no seat is occupied (a thread occupies its seat, then looks at `moment`, both in one total
// order). `remaining` counts the stage's pieces that are not known to be done; whoever brings it to 0 opens
// the next stage. A thread that comes late finds the pieces of its stage taken, by it or by others.
struct Team::Impl {
  explicit Impl(int count);
  ~Impl();

  /// What a thread found, and whether its turn ended before the pieces did.
  struct Part {
    Moment found;
    bool turn_over;
  };

  void serve(int thread);
  void take_part_to_the_end(int thread);
  Part take_part(int thread);
  uint32_t do_pieces(uint64_t stage, int thread);
  bool do_piece(uint64_t stage, int owner, int thread);
  std::optional<uint32_t> take(uint64_t stage, int owner, bool own);
  void open_next(uint64_t stage);
  void run(Job& next);

  const uint32_t born = generation();
  const int spins;
  int threads = 1;
  std::vector<Seat> seats;
  alignas(64) std::atomic<Moment> moment{Moment{1, 0}};
  alignas(64) std::atomic<uint32_t> remaining{0};
  Job* job = nullptr;
  uint64_t base = 0;                           // the number of its first stage
  alignas(64) std::atomic<uint32_t> order{0};  // jobs given so far; a helper without one sleeps on it
  std::atomic<bool> ended{false}, failed{false};
  std::exception_ptr failure;  // the first; written by whoever sets `failed`
  std::vector<std::thread> helpers;
};

// A helper looks at nothing but `order` before the first job: the team is of those that did start.
Team::Impl::Impl(int count)
    : spins(usable_cores() >= count ? usual_spins : spins_on_shared_core), seats(static_cast<size_t>(count)) {
  helpers.reserve(static_cast<size_t>(count));
  try {
    for (; threads < count; ++threads) helpers.emplace_back([this, thread = threads] { serve(thread); });
  } catch (const std::exception&) {
    // The system starts no more: those that run are the team.
  }
}

Team::Impl::~Impl() {
  ended = true;
  order.fetch_add(1);
  order.notify_all();
  for (std::thread& helper : helpers) helper.join();
}

void Team::Impl::serve(int thread) {
  const StandardFloats standard;
  for (uint32_t seen = 0; !ended;) {
    if (!spin_until(spins, [&] { return order.load() != seen; })) order.wait(seen);
    seen = order.load();
    take_part_to_the_end(thread);
  }
}

void Team::Impl::take_part_to_the_end(int thread) {
  for (Part part = take_part(thread); part.found.open; part = take_part(thread)) {
    if (part.turn_over) {
      ::sched_yield();
      seats[static_cast<size_t>(thread)].turn.begin();
    } else {
      wait_until(spins, [&] { return moment.load() != part.found; });
    }
  }
}

/// Does pieces of the stage that is open until none is left, or the thread's turn is over.
Team::Impl::Part Team::Impl::take_part(int thread) {
  Seat& seat = seats[static_cast<size_t>(thread)];
  seat.occupied.store(true);
  const Moment now = moment.load();
  if (now.open) {
    const uint32_t done = do_pieces(now.stage, thread);
    if (done > 0 && remaining.fetch_sub(done) == done) open_next(now.stage + 1);
  }
  seat.occupied.store(false);
  return {now, now.open && seat.turn.is_over()};
}

uint32_t Team::Impl::do_pieces(uint64_t stage, int thread) {
  uint32_t done = 0;
  for (int i = 0; i < threads; ++i) {
    const int owner = (thread + i) % threads;
    while (do_piece(stage, owner, thread)) {
      if (++done % 4 == 0 && seats[static_cast<size_t>(thread)].turn.is_over()) return done;
    }
  }
  return done;
}

/// False if none is left.
bool Team::Impl::do_piece(uint64_t stage, int owner, int thread) {
  const std::optional<uint32_t> piece = take(stage, owner, owner == thread);
  if (!piece) return false;
  try {
    if (!failed.load(std::memory_order_relaxed)) job->run(stage - base, owner, *piece, thread);
  } catch (...) {
    if (!failed.exchange(true)) failure = std::current_exception();
  }
  return true;
}

std::optional<uint32_t> Team::Impl::take(uint64_t stage, int owner, bool own) {
  std::atomic<Untaken>& untaken = seats[static_cast<size_t>(owner)].untaken;
  Untaken seen = untaken.load();
  for (;;) {
    const auto ahead = static_cast<int32_t>(seen.stage - static_cast<uint32_t>(stage));
    if (ahead > 0) return {};
    Untaken left = seen;
    if (ahead < 0)
      left = {static_cast<uint32_t>(stage), 0, static_cast<uint16_t>(job->pieces(stage - base, owner))};
    if (left.first == left.last) return {};
    const uint32_t piece = own ? left.first++ : --left.last;
    if (untaken.compare_exchange_weak(seen, left)) return piece;
  }
}

/// Opens the first stage from `stage` on that has pieces; ends the job if there is none, or one has failed.
void Team::Impl::open_next(uint64_t stage) {
  const uint64_t end = base + job->stages();
  for (; stage < end && !failed; ++stage) {
    uint32_t count = 0;
    for (int owner = 0; owner < threads; ++owner) count += job->pieces(stage - base, owner);
    if (count == 0) continue;
    remaining = count;
    moment = Moment{stage, 1};
    return;
  }
  moment = Moment{end, 0};
}

void Team::Impl::run(Job& next) {
  const uint64_t first = moment.load().stage;
  // A thread that owned nothing for 2^31 stages would take what is left of it for what is to come.
  if (first >> 20 != base >> 20) {
    for (Seat& seat : seats) seat.untaken = {static_cast<uint32_t>(first - 1), 0, 0};
  }
  job = &next;
  base = first;
  open_next(first);
  order.fetch_add(1);
  order.notify_all();
  take_part_to_the_end(0);
  for (Seat& seat : seats) wait_until(spins, [&] { return !seat.occupied.load(); });
  if (failed.exchange(false)) std::rethrow_exception(std::exchange(failure, nullptr));
}

Team::Team(int threads) : impl_(std::make_unique<Impl>(threads)) {}

// What a fork leaves of a team, memory that its threads were about to read, is nobody's: it is left alone.
Team::~Team() {
  if (impl_->born != generation()) static_cast<void>(impl_.release());
}

int Team::size() const { return impl_->threads; }

void Team::run(Job& job) {
  if (impl_->born != generation()) {
    const Impl* const parents = impl_.release();
    impl_ = std::make_unique<Impl>(parents->threads);
  }
  const StandardFloats standard;
  impl_->threads == 1 ? run_alone(job) : impl_->run(job);
}

}  // namespace cgan_jit
