#include <set>

#include "passes/fuse/cut.h"
#include "passes/fuse/steps.h"

namespace cgan_jit {
namespace {

int64_t stored_bytes(const Type& type) { return element_count(type.shape) * bytes_of(type.dtype); }

bool is_cheap(Fn fn) { return expansion_of(fn) == nullptr || fn == Fn::leaky_relu; }

bool may_sink(const FusionState& state, Value value) {
  const auto* map = as<Map>(state.graph[value]);
  return map && is_cheap(map->fn) && state.kernel_of[index(value)] >= 0 && !state.placed[index(value)];
}

/// The kernel of all readers, which is another one and reads `value` element by element.
std::optional<int> only_reading_kernel(const FusionState& state, Value value) {
  std::set<int> kernels;
  for (Value reader : state.readers[index(value)]) {
    if (state.kernel_of[index(reader)] < 0) return {};
    if (!computes_along(state.graph[reader])) return {};
    kernels.insert(state.kernel_of[index(reader)]);
  }
  if (kernels.size() != 1 || *kernels.begin() == state.kernel_of[index(value)]) return {};
  return *kernels.begin();
}

/// What its kernel would have to keep for it are no more bytes than its own.
bool saves_memory(const FusionState& state, Value value) {
  const int kernel = state.kernel_of[index(value)];
  int64_t added = 0;
  for (const Read& read : state.reads[index(value)]) {
    if (state.kernel_of[index(read.base)] != kernel || is_kept_by(state, kernel, read.base)) continue;
    added += stored_bytes(state.graph.type(read.base));
  }
  return added <= stored_bytes(state.graph.type(value));
}

/// How `value` takes part in the kernel of its readers: as a node of the block, or inside the one sum that
/// reads it.
std::optional<Membership> membership(const FusionState& state, const FusedKernel& kernel, Value value) {
  if (!has_room(kernel)) return {};
  if (const auto found = membership_before(state, kernel, value)) return found;
  const std::vector<Value>& readers = state.readers[index(value)];
  const bool inside_a_sum =
      kernel.split != Split::whole && readers.size() == 1 && is_reduced(state.graph[readers[0]]);
  return inside_a_sum ? std::optional(Membership{}) : std::nullopt;
}

/// Another node gives the kernel its shape.
void reframe(FusedKernel& kernel) {
  for (Value node : kernel.nodes) {
    if (kernel.split != Split::rows || kernel.row_axis.count(node)) {
      kernel.frame = node;
      return;
    }
  }
}

void leave(FusionState& state, Value value) {
  FusedKernel& kernel = state.kernels[state.kernel_of[index(value)]];
  std::erase(kernel.nodes, value);
  kernel.row_axis.erase(value);
  if (kernel.frame == value && !kernel.nodes.empty()) reframe(kernel);
}

void sink(FusionState& state, Value value) {
  const std::optional<int> target = only_reading_kernel(state, value);
  if (!target || !fusion_lets_join(state, value, state.kernels[*target]) || !saves_memory(state, value))
    return;
  const std::optional<Membership> found = membership(state, state.kernels[*target], value);
  if (!found) return;
  leave(state, value);
  put(state, value, *target, *found);
}

}  // namespace

/// Backwards: a node's readers have moved before it.
void sink_nodes(FusionState& state) {
  for (uint32_t i = state.graph.size(); i-- > 0;) {
    if (may_sink(state, Value{i})) sink(state, Value{i});
  }
}

}  // namespace cgan_jit
