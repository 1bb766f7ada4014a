#include "passes/fuse/waiting.h"

#include <algorithm>

#include "passes/fuse/cut.h"

namespace cgan_jit {

void WaitingValues::end_behind(Value value) {
  push_reads(value);
  while (!open_.empty()) {
    const Pull next = open_.top();
    open_.pop();
    pull(next);
  }
}

void WaitingValues::push_reads(Value reader) {
  for (const Read& read : state_.reads[index(reader)]) open_.push({&read, reader});
}

void WaitingValues::pull(const Pull& from) {
  const Value base = from.read->base;
  if (!state_.computed[index(base)] || state_.kernel_of[index(base)] >= 0) {
    if (is_assembled(state_.graph[base]) && !followed_[index(base)]) {
      followed_[index(base)] = true;
      push_reads(base);
    }
    return;
  }
  const int kernel = state_.kernel_of[index(from.reader)];
  if (const auto found = membership(from); found && circles_.let_join(base, kernel)) {
    put(state_, base, kernel, *found);
  } else {
    open_kernel(state_, base);
  }
  push_reads(base);
}

/// How the base takes part in its reader's kernel, if it can.
std::optional<Membership> WaitingValues::membership(const Pull& from) const {
  const int number = state_.kernel_of[index(from.reader)];
  const Value base = from.read->base;
  if (number < 0 || !has_room(state_.kernels[number]) || !from.read->map) return {};
  if (!computes_along(state_.graph[from.reader]) || !fusion_lets_join(state_, base, state_.kernels[number]))
    return {};
  // Another reader that still waits might end up in a kernel before this one.
  const std::vector<Value>& readers = state_.readers[index(base)];
  if (std::any_of(readers.begin(), readers.end(), [&](Value other) { return waits(other); })) return {};
  return membership_before(state_, state_.kernels[number], base);
}

}  // namespace cgan_jit
