#include "passes/fuse/circles.h"

#include <algorithm>

namespace cgan_jit {

void CircleSearch::has_entered(Value value, int kernel) {
  if (first_node_.size() <= static_cast<size_t>(kernel)) {
    first_node_.resize(kernel + 1, index(value));
    last_node_.resize(kernel + 1, index(value));
  }
  first_node_[kernel] = std::min(first_node_[kernel], index(value));
  last_node_[kernel] = std::max(last_node_[kernel], index(value));
  furthest_.put(first_node_[kernel], last_node_[kernel]);
}

bool CircleSearch::makes_circle(Value value, int kernel) {
  ++search_;
  for (const Read& read : state_.reads[index(value)]) {
    if (state_.kernel_of[index(read.base)] == kernel || is_leaf(state_.graph[read.base])) continue;
    if (depends(read.base, kernel)) return true;
  }
  return false;
}

/// Neither `value` nor anything that it needs, whole kernels at a time, stands behind node `first`.
bool CircleSearch::ends_before(uint32_t first, Value value) const {
  uint32_t last = index(value);
  while (last < first) {
    const uint32_t further = furthest_.up_to(last);
    if (further <= last) return true;
    last = further;
  }
  return false;
}

/// What the search at hand has seen stays seen.
bool CircleSearch::depends(Value value, int kernel) {
  std::vector<Value> open{value};
  const auto follow = [&](Value node, int its_kernel) {
    seen_in_[index(node)] = search_;
    for (const Read& read : state_.reads[index(node)]) {
      if (its_kernel < 0 || state_.kernel_of[index(read.base)] != its_kernel) open.push_back(read.base);
    }
  };
  while (!open.empty()) {
    const Value at = open.back();
    open.pop_back();
    if (seen_in_[index(at)] == search_) continue;
    const int its_kernel = state_.kernel_of[index(at)];
    if (its_kernel == kernel) return true;
    if (ends_before(first_node_[kernel], at)) continue;
    follow(at, its_kernel);
    if (its_kernel < 0) continue;
    for (Value member : state_.kernels[its_kernel].nodes) follow(member, its_kernel);
  }
  return false;
}

}  // namespace cgan_jit
