#include "passes/memory/occupancy.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace cgan_jit {

void ByteRanges::add(int64_t begin, int64_t end) {
  auto next = end_of_.upper_bound(begin);
  if (next != end_of_.begin() && std::prev(next)->second >= begin) {
    --next;
    begin = next->first;
  }
  while (next != end_of_.end() && next->first <= end) {
    end = std::max(end, next->second);
    next = end_of_.erase(next);
  }
  end_of_.emplace_hint(next, begin, end);
}

int64_t ByteRanges::next_gap(int64_t offset, int64_t bytes) const {
  const auto next = end_of_.upper_bound(offset);
  if (next != end_of_.begin() && std::prev(next)->second > offset) return std::prev(next)->second;
  return next != end_of_.end() && next->first < offset + bytes ? next->second : offset;
}

namespace {

/// The first place from `offset` on at which `bytes` are free of all of them.
int64_t common_gap(const std::vector<const ByteRanges*>& taken, int64_t offset, int64_t bytes) {
  for (size_t agree = 0, i = 0; agree < taken.size(); i = (i + 1) % taken.size()) {
    const int64_t gap = taken[i]->next_gap(offset, bytes);
    agree = gap == offset ? agree + 1 : 0;
    offset = gap;
  }
  return offset;
}

}  // namespace

Occupancy::Occupancy(size_t phases) : spans_(2 * std::bit_ceil(std::max<size_t>(phases, 1))) {}

/// The largest spans of phases within that range, which are all of it together.
std::vector<size_t> Occupancy::inside(const LiveRange& alive) const {
  std::vector<size_t> spans;
  size_t first = alive.first + spans_.size() / 2, end = alive.last + spans_.size() / 2 + 1;
  for (; first < end; first /= 2, end /= 2) {
    if (first % 2 == 1) spans.push_back(first++);
    if (end % 2 == 1) spans.push_back(--end);
  }
  return spans;
}

/// All spans that hold its first or its last phase: what holds a span of `inside` is among them.
std::vector<size_t> Occupancy::around(const LiveRange& alive) const {
  std::vector<size_t> spans;
  size_t first = alive.first + spans_.size() / 2, last = alive.last + spans_.size() / 2;
  for (; first > 0; first /= 2, last /= 2) {
    spans.push_back(first);
    if (last != first) spans.push_back(last);
  }
  return spans;
}

/// The offset below which that phase has not so many bytes free. What holds of a span holds of its halves,
/// and goes on holding: each span begins where it or the one around it has come to.
int64_t Occupancy::none_below(int phase, int64_t bytes) {
  const size_t leaf = phase + spans_.size() / 2;
  std::vector<const ByteRanges*> taken;
  int64_t offset = 0;
  for (int up = std::bit_width(leaf); up-- > 0;) {
    Span& span = spans_[leaf >> up];
    taken.push_back(&span.in_all_phases);
    int64_t& known = span.none_below[bytes];
    offset = known = common_gap(taken, std::max(offset, known), bytes);
  }
  return offset;
}

int64_t Occupancy::first_fit(const LiveRange& alive, int64_t bytes) {
  std::vector<const ByteRanges*> taken;
  for (size_t span : inside(alive)) taken.push_back(&spans_[span].in_some_phase);
  for (size_t span : around(alive)) taken.push_back(&spans_[span].in_all_phases);
  int64_t least = 0;  // any phase knows some; of a training step the one in the middle most
  for (int phase : {alive.first, std::midpoint(alive.first, alive.last), alive.last})
    least = std::max(least, none_below(phase, bytes));
  return common_gap(taken, least, bytes);
}

void Occupancy::take(const LiveRange& alive, int64_t offset, int64_t bytes) {
  for (size_t span : inside(alive)) {
    spans_[span].in_all_phases.add(offset, offset + bytes);
    spans_[span].in_some_phase.add(offset, offset + bytes);
  }
  for (size_t span : around(alive)) spans_[span].in_some_phase.add(offset, offset + bytes);
}

}  // namespace cgan_jit
