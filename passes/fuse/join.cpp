#include <algorithm>
#include <functional>
#include <set>

#include "passes/fuse/circles.h"
#include "passes/fuse/cut.h"
#include "passes/fuse/steps.h"
#include "passes/fuse/waiting.h"

namespace cgan_jit {
namespace {

class Joining {
 public:
  explicit Joining(FusionState& state) : state_(state), circles_(state), waiting_(state, circles_) {}

  void run() {
    for (uint32_t i = 0; i < state_.graph.size(); ++i) {
      if (state_.computed[i]) visit(Value{i});
    }
    for (uint32_t i = 0; i < state_.graph.size(); ++i) {
      if (state_.computed[i] && state_.kernel_of[i] < 0) open(Value{i});
    }
  }

 private:
  void visit(Value value) {
    const Node& node = state_.graph[value];
    if (is_elementwise(node) || is_reduced(node)) {
      for (int kernel : kernels_read_by(value)) {
        const std::optional<Membership> found = joined(value, kernel);
        if (!found) continue;
        put(state_, value, kernel, *found);
        return waiting_.end_behind(value);
      }
      if (state_.fusion.elementwise && floats(value)) return waiting_.add(value);
    }
    open(value);
  }

  /// Latest first.
  std::set<int, std::greater<>> kernels_read_by(Value value) const {
    std::set<int, std::greater<>> kernels;
    for (const Read& read : state_.reads[index(value)]) {
      const int kernel = state_.kernel_of[index(read.base)];
      if (kernel >= 0) kernels.insert(kernel);
    }
    return kernels;
  }

  /// How `value` takes part in a kernel that it reads, if it may and can: `circles_` has it there then.
  std::optional<Membership> joined(Value value, int number) {
    const FusedKernel& kernel = state_.kernels[number];
    if (!fusion_lets_join(state_, value, kernel) || !has_room(kernel)) return {};
    const std::optional<Membership> found = membership_behind(state_, kernel, value);
    return found && circles_.let_join(value, number) ? found : std::nullopt;
  }

  /// It depends on nothing computed so far.
  bool floats(Value value) const {
    if (!is_elementwise(state_.graph[value]) || state_.placed[index(value)]) return false;
    const std::vector<Read>& reads = state_.reads[index(value)];
    return std::all_of(reads.begin(), reads.end(), [&](const Read& read) {
      return is_leaf(state_.graph[read.base]) ||
             (state_.computed[index(read.base)] && state_.kernel_of[index(read.base)] < 0);
    });
  }

  void open(Value value) {
    open_kernel(state_, value);
    waiting_.end_behind(value);
  }

  FusionState& state_;
  Circles circles_;
  WaitingValues waiting_;
};

}  // namespace

void join_nodes(FusionState& state) { Joining(state).run(); }

}  // namespace cgan_jit
