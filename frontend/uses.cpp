#include "frontend/uses.h"

#include <limits>

#include "ir/error.h"

namespace cgan_jit {
namespace {

constexpr int changing = std::numeric_limits<int>::min() / 2;

[[noreturn]] void refuse() {
  throw Error("a session is used by two threads at once: each needs one of its own, or they take turns");
}

}  // namespace

void Uses::begin_look() {
  if (count_.fetch_add(1, std::memory_order_acquire) >= 0) return;
  count_.fetch_sub(1, std::memory_order_relaxed);
  refuse();
}
void Uses::end_look() { count_.fetch_sub(1, std::memory_order_release); }

void Uses::begin_change() {
  int nobody = 0;
  if (!count_.compare_exchange_strong(nobody, changing, std::memory_order_acquire)) refuse();
}
void Uses::end_change() { count_.fetch_sub(changing, std::memory_order_release); }

}  // namespace cgan_jit
